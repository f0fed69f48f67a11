import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ALERT_CASES, type AlertCase, type Series } from './support/alert-cases.ts';
import { CHECKOUT, deployPath, readDeployFile } from './support/files.ts';
import { scrapeConfigWithTargets } from './support/scrape-config.ts';
import { findTool } from './support/tools.ts';

interface RecordingRule {
  record: string;
  expr: string;
}
interface AlertRule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const RULE_FILES = readdirSync(deployPath('prometheus', 'rules')).map((name) =>
  deployPath('prometheus', 'rules', name),
);
const ALERTS = readRules<AlertRule>('payment_alerts.yml');
const RECORDED = readRules<RecordingRule>('payment_recording.yml');

function readRules<Rule>(name: string): Rule[] {
  const text = readDeployFile('prometheus', 'rules', name);
  return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
}

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tender-rules-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** It clears up its memory seldom, which is a quarter of its work otherwise. */
const SELDOM = { ...process.env, GOGC: '400' };

const promtool = async (...flags: string[]) =>
  promisify(execFile)(await findTool('promtool'), flags, { env: SELDOM }).then(
    ({ stdout }) => ({ failed: false, output: stdout }),
    (error: { stdout: string; stderr: string }) => ({
      failed: true,
      output: error.stdout + error.stderr,
    }),
  );

/** One of promtool's tests: these series, and whether the alert fires then. */
function ruleTest(alertCase: AlertCase, series: Series, fires: boolean) {
  const { alert, labels = {}, at = '20m' } = alertCase;
  const rule = ALERTS.find((each) => each.alert === alert);
  const fill = (text: string) =>
    text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '');
  const annotations = Object.entries(rule?.annotations ?? {}).map(([name, text]) => [
    name,
    fill(text),
  ]);
  const expected = {
    exp_labels: { ...labels, ...rule?.labels },
    exp_annotations: Object.fromEntries(annotations) as Record<string, string>,
  };
  return {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: fires ? [expected] : [] }],
  };
}

/**
 * Writes down the tests of one alert, with the rules that decide on it: its own, and those that record what it
 * reads. With all the others beside them it works out ten times as much, and looks at no more.
 */
async function writeRuleTests(alert: string, tests: unknown[]): Promise<string> {
  const rule = ALERTS.find((each) => each.alert === alert);
  const recorded = RECORDED.some(({ record }) => rule?.expr.includes(record)) ? RECORDED : [];
  const rules = `${alert}.rules.yml`;
  // Worked out once a minute, as the series come, and not four times.
  const groups = [{ name: alert, rules: [...recorded, rule] }];
  await writeFile(join(scratch, rules), stringify({ groups }));
  const file = join(scratch, `${alert}.tests.yml`);
  const content = { rule_files: [rules], evaluation_interval: '1m', tests };
  await writeFile(file, stringify(content, { aliasDuplicateObjects: false }));
  return file;
}

async function runRuleTest(alertCase: AlertCase, series: Series, fires: boolean) {
  const tests = [ruleTest(alertCase, series, fires)];
  return promtool('test', 'rules', await writeRuleTests(alertCase.alert, tests));
}

test('promtool accepts the rules and the scrape configuration', async () => {
  const { failed, output } = await promtool('check', 'rules', ...RULE_FILES);
  expect([failed, output]).toEqual([false, expect.stringContaining('SUCCESS')]);
  const file = join(scratch, 'prometheus.yml');
  await writeFile(
    file,
    scrapeConfigWithTargets({ api: ['a:8000'], worker: ['b:8000'], rules: RULE_FILES }),
  );
  expect(await promtool('check', 'config', file)).toMatchObject({ failed: false });
});

test('every alert fires when it should, and stays quiet when it should not', async () => {
  const files = await Promise.all(
    ALERT_CASES.map((each) =>
      writeRuleTests(each.alert, [
        ruleTest(each, each.firing, true),
        ...each.quiet.map((series) => ruleTest(each, series, false)),
      ]),
    ),
  );
  const { failed, output } = await promtool('test', 'rules', ...files);
  expect(failed ? output.slice(0, 4_000) : '').toBe('');
});

test('a case that is wrong is noticed', async () => {
  const [first] = ALERT_CASES;
  if (!first) throw new Error('there are no cases');
  expect((await runRuleTest(first, first.firing, false)).failed).toBe(true);
  const [quiet = {}] = first.quiet;
  expect((await runRuleTest(first, quiet, true)).failed).toBe(true);
});

test('every alert has a case, a severity, a response time, and a runbook that exists', () => {
  expect(ALERT_CASES.map(({ alert }) => alert)).toEqual(ALERTS.map(({ alert }) => alert));
  for (const { alert, labels, annotations } of ALERTS) {
    expect([alert, labels['severity']]).toEqual([
      alert,
      expect.stringMatching(/^(critical|warning)$/),
    ]);
    const runbook = basename(annotations['runbook_url'] ?? 'none');
    const exists = existsSync(join(CHECKOUT, 'docs', 'runbooks', runbook));
    expect([alert, runbook, exists]).toEqual([alert, runbook, true]);
    expect(annotations['response_time']).toBeTruthy();
  }
});

test("the guide's four alerts have their names, severities and response times", () => {
  const ofGuide = [
    ['PaymentGatewayUnavailable', 'critical', 'immediate'],
    ['HighPaymentFailureRate', 'critical', '5 minutes'],
    ['WebhookProcessingBacklog', 'warning', '30 minutes'],
    ['HighGatewayLatency', 'warning', '30 minutes'],
  ];
  const ours = ALERTS.map(({ alert, labels, annotations }) => [
    alert,
    labels['severity'],
    annotations['response_time'],
  ]);
  for (const alert of ofGuide) expect(ours).toContainEqual(alert);
});
