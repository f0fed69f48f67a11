import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { deployPath, readDeployFile } from './support/files.ts';
import { findTool } from './support/tools.ts';

const FILE = deployPath('alertmanager', 'alertmanager.yml');

const amtool = async (...flags: string[]) =>
  (await promisify(execFile)(await findTool('amtool'), flags)).stdout;

test('amtool accepts the configuration and its templates', async () => {
  expect(await amtool('check-config', FILE)).toMatch(/3 receivers[^]*1 templates[^]*SUCCESS/);
});

test('what is critical pages and stands in the incident channel, a warning stands in Slack alone', async () => {
  const { groups } = parse(readDeployFile('prometheus', 'rules', 'payment_alerts.yml')) as {
    groups: { rules: { alert: string; labels: { severity: string } }[] }[];
  };
  const receivers: Record<string, string> = {
    critical: 'pagerduty-payments,slack-incidents',
    warning: 'slack-payments',
  };
  const samples = new Map(
    groups.flatMap(({ rules }) => rules).map(({ alert, labels }) => [labels.severity, alert]),
  );
  expect([...samples.keys()].toSorted()).toEqual(['critical', 'warning']);
  for (const [severity, alert] of samples) {
    const flags = ['config', 'routes', 'test', '--config.file', FILE];
    const output = await amtool(...flags, `severity=${severity}`, `alertname=${alert}`);
    expect(output.trim()).toBe(receivers[severity]);
  }
  const strange = await amtool(
    'config',
    'routes',
    'test',
    '--config.file',
    FILE,
    'alertname=Other',
  );
  expect(strange.trim()).toBe('slack-payments');
});

test('every alert that silences another, or is silenced, exists', () => {
  const rules = readDeployFile('prometheus', 'rules', 'payment_alerts.yml');
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);
  const { inhibit_rules } = parse(readDeployFile('alertmanager', 'alertmanager.yml')) as {
    inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
  };
  for (const { source_matchers, target_matchers } of inhibit_rules) {
    for (const matcher of [...source_matchers, ...target_matchers]) {
      const [, pattern = ''] = /^alertname=~?"(.*)"$/.exec(matcher) ?? [];
      for (const name of pattern.split('|')) {
        const found = alerts.some((alert) => new RegExp(`^(?:${name})$`).test(alert));
        expect([name, found]).toEqual([name, true]);
      }
    }
  }
});
