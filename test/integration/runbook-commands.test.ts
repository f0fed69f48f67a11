import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN, asAdmin, callAs } from '../support/as-operator.ts';
import { pay } from '../support/checkout.ts';
import { runCommand } from '../support/cli.ts';
import { startTender, type Tender } from '../support/tender.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'runbooks');
const PAGES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }));

const DEPLOY = join(FOLDER, '..', '..', 'deploy');
/** Several troubles on one page, each of which says by itself what is to be. */
const WITHOUT_END = ['audit-log.md', 'webhooks.md'];
/** What is asked for like a metric, or is called like one. */
const METRIC =
  /\bpayment:[\w:]+|\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?=[{[])|\b[a-z]+_[a-z0-9_]*(?:_total|_seconds|_depth|_missing|_available|_health|_differences|_dead|_orphaned)\b/g;

interface Call {
  page: string;
  method: string;
  path: string;
  body: object | undefined;
}

/** What the pages ask of the API, in the text and in blocks. */
const CALLS: Call[] = PAGES.flatMap(({ name, text }) =>
  [...text.matchAll(/\bapi (?:-X ([A-Z]+) )?"\$API([^"]+)"(?:\s+-d '([^']*)')?/g)].map(
    ([, method = 'GET', path = '', body]) => ({
      page: name,
      method,
      path,
      body: body === undefined ? undefined : (JSON.parse(body) as object),
    }),
  ),
);

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({ env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN } });
});
afterAll(() => tender.close());

test('every request of a runbook is one that the API knows, as it is written', async () => {
  expect(CALLS.length).toBeGreaterThan(40);
  const payment = ((await pay(tender)).json as { id: string }).id;
  await tender.settled();
  const { json: webhooks } = await asAdmin(tender, 'GET', '/webhooks');
  const [{ id: webhook }] = (webhooks as { data: [{ id: number }] }).data;
  // As the `api` of the pages does, also where it sends nothing.
  const headers = { 'content-type': 'application/json' };
  const refused: string[] = [];
  for (const { page, method, path, body } of CALLS) {
    const filled = path
      .replace(/(?<=webhooks\/)<id>/, String(webhook))
      .replace(/<id>|\$PAYMENT/, payment)
      .replace('<gateway>', 'stripe');
    const answer = await callAs(tender, ADMIN_TOKEN, method, filled, body, headers);
    const { code } = answer.json as { code?: string };
    if (answer.status >= 300) refused.push(`${page}: ${method} ${path}: ${code}`);
  }
  // It was understood: this payment is not one whose outcome is unknown.
  expect(refused).toEqual([
    'UnknownOutcomesTooOld.md: POST /api/v1/admin/payments/<id>/resolve: outcome_not_unknown',
  ]);
});

test('every metric that a runbook looks at is there, or is worked out by a rule', async () => {
  const pages = await Promise.all(
    [tender.api, tender.worker].map(async ({ metricsUrl }) =>
      (await fetch(`${metricsUrl}/metrics`)).text(),
    ),
  );
  const rules = readFileSync(join(DEPLOY, 'prometheus', 'rules', 'payment_recording.yml'), 'utf8');
  const known = new Set([
    'up',
    ...pages.flatMap((page) => [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)),
    ...[...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name),
  ]);
  const looked = PAGES.flatMap(({ name, text }) =>
    [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) =>
      [...code.matchAll(METRIC)].map(([metric]) => ({ page: name, metric })),
    ),
  );
  expect(looked.length).toBeGreaterThan(40);
  const isKnown = (metric: string) =>
    known.has(metric) || known.has(metric.replace(/_(bucket|count|sum)$/, ''));
  expect(looked.filter(({ metric }) => !isKnown(metric))).toEqual([]);
});

test('every command of a runbook is one that Tender has, with these options', async () => {
  const said = PAGES.flatMap(({ text }) =>
    [...text.matchAll(/[`\n] *(tender [a-z][^`\n]*)/g)].map(([, words = '']) => words),
  );
  const commands = new Map<string, Set<string>>();
  for (const words of said.flatMap((line) => line.split(' && '))) {
    const [, command = ''] =
      /^tender ((?:keys|operators|verify|migrate|schedules) [a-z]+|[a-z]+)/.exec(words) ?? [];
    const options = commands.get(command) ?? new Set();
    for (const [option] of words.matchAll(/--[a-z-]+/g)) options.add(option);
    commands.set(command, options);
  }
  expect(commands.size).toBeGreaterThan(10);
  for (const [command, options] of commands) {
    const { code, stdout } = await runCommand([...command.split(' '), '--help']);
    const usage = `Usage: tender ${command} `;
    expect([command, code, stdout]).toEqual([command, 0, expect.stringContaining(usage)]);
    for (const option of options)
      expect([command, stdout]).toEqual([command, expect.stringContaining(option)]);
  }
});

test('the page of an alert says what to look at, what to do and when it is over, and the others when', () => {
  for (const { name, text } of PAGES) {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    if (/^[A-Z]/.test(name)) expect([name, headings]).toEqual([name, ['Look', 'Do', 'Over']]);
    else if (!WITHOUT_END.includes(name)) expect([name, headings.at(-1)]).toEqual([name, 'Over']);
  }
});

test('no runbook searches the last ten lines of a log only, which is what kubectl shows of pods chosen by label', () => {
  const logs = PAGES.flatMap(({ text }) => [...text.matchAll(/kubectl logs -l [^`|\n]*/g)]);
  expect(logs.length).toBeGreaterThan(5);
  expect(logs.map(([line]) => line).filter((line) => !line.includes('--tail='))).toEqual([]);
});

test('every workload, label and secret that a runbook gives to kubectl is in the manifests', () => {
  const folder = join(DEPLOY, 'kubernetes');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const manifests = files
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const named = PAGES.flatMap(({ name, text }) =>
    [...text.matchAll(/kubectl [^`\n]*/g)].flatMap(([command]) =>
      [...command.matchAll(/\b(?:payment-[a-z-]*[a-z]|[a-z]+-credentials)\b/g)].map(([what]) => ({
        page: name,
        what,
      })),
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  const isThere = (what: string) => new RegExp(`(name|app): ${what}$`, 'm').test(manifests);
  expect(named.filter(({ what }) => !isThere(what))).toEqual([]);
});
