import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admitAs } from '../support/admit-as.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTender, type Tender } from '../support/tender.ts';
import { KEYS } from '../support/tender.ts';

const SCRIPTS = join(import.meta.dirname, '..', '..', 'scripts');

let tender: Tender;
beforeAll(async () => {
  tender = await startTender();
});
afterAll(async () => {
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

interface Run {
  code: number;
  /** What was written, steps and complaints. */
  output: string;
}

function run(script: string, args: string[], env: Record<string, string> = {}): Promise<Run> {
  const given = {
    PATH: process.env['PATH'] ?? '',
    TENDER_API_URL: tender.apiUrl,
    TENDER_API_KEY: tender.apiKey,
    TENDER_SANDBOX_STRIPE_URL: tender.sandbox.url,
    STRIPE_WEBHOOK_SECRET: KEYS.webhookSecret,
    ...env,
  };
  return new Promise((resolve) => {
    execFile(join(SCRIPTS, script), args, { env: given, cwd: '/' }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** The steps that worked. */
function steps({ output }: Run): string[] {
  return [...output.matchAll(/^(.+?) +ok( \(.*\))?$/gm)].map(([, step]) => step ?? '');
}

function metricsOf({ api, worker }: Tender): string[] {
  return [api, worker].flatMap(({ metricsUrl }) => ['--metrics-url', `${metricsUrl}/metrics`]);
}

test('the payment flow is charged, authenticated, captured, refunded and declined', async () => {
  const result = await run('test-payment-flow.sh', ['--env', 'development']);
  expect(result).toMatchObject({ code: 0 });
  expect(steps(result)).toHaveLength(12);
});

test('in production nobody is charged unless a payment method is named and the charge confirmed', async () => {
  // Live keys work in production only, which the sandbox is not: something in between lets this one in.
  const door = await admitAs(tender);
  const live = { TENDER_API_KEY: 'tk_live_visibly_fake', TENDER_API_URL: door.url };
  const chargesBefore = tender.sandbox.books().payments.flatMap(({ charges }) => charges).length;
  const flow = (...args: string[]) =>
    run('test-payment-flow.sh', ['--env', 'production', ...args], live);

  const free = await flow();
  expect(free).toMatchObject({ code: 0 });
  const unconfirmed = await flow('--payment-method', 'pm_card_visa');
  expect(unconfirmed).toMatchObject({ code: 64 });
  expect(unconfirmed.output).toContain('--confirm');
  const charges = () => tender.sandbox.books().payments.flatMap((payment) => payment.charges);
  expect(charges()).toHaveLength(chargesBefore);

  const charged = await flow('--payment-method', 'pm_card_visa', '--confirm');
  expect(charged).toMatchObject({ code: 0 });
  expect(charges().slice(chargesBefore)).toMatchObject([{ captured: 100, refunded: 100 }]);
  await door.close();
});

test('a key of the wrong kind, an unknown option and a missing value end with 64', async () => {
  const results = await Promise.all([
    run('test-payment-flow.sh', ['--env', 'production']),
    run('test-payment-flow.sh', ['--env', 'development'], { TENDER_API_KEY: 'tk_live_x' }),
    run('test-payment-flow.sh', ['--env', 'development', '--fast']),
    run('test-payment-flow.sh', ['--env']),
    run('test-webhook-delivery.sh', []),
    run('test-webhook-delivery.sh', ['--gateway', 'cash']),
  ]);
  expect(results.map(({ code }) => code)).toEqual([64, 64, 64, 64, 64, 64]);
});

test('the first step that fails ends the flow with what was expected and what came', async () => {
  const { code, output } = await run('test-payment-flow.sh', ['--env', 'development'], {
    TENDER_API_KEY: 'tk_test_nobodys',
  });
  expect(code).toBe(1);
  expect(output).toContain('a payment is charged');
  expect(output).toMatch(/expected: HTTP 201\n {2}came: {5}401 /);
  expect(output).not.toContain('it is refunded');
});

test('webhooks are accepted, stored once, refused where they are forged, and worked off', async () => {
  const result = await run('test-webhook-delivery.sh', [
    '--gateway',
    'stripe',
    ...metricsOf(tender),
  ]);
  expect(result).toMatchObject({ code: 0 });
  expect(steps(result)).toHaveLength(10);
});

test('without the sandbox the gateway is made to tell of a canceled payment', async () => {
  const args = ['--gateway', 'stripe', ...metricsOf(tender)];
  const result = await run('test-webhook-delivery.sh', args, { TENDER_SANDBOX_STRIPE_URL: '' });
  expect(result).toMatchObject({ code: 0 });
  expect(steps(result)).toContain('the gateway tells of a canceled payment by a webhook');
});

test('a secret that is not the one of Tender is found out', async () => {
  const { code, output } = await run(
    'test-webhook-delivery.sh',
    ['--gateway', 'stripe', '--no-metrics'],
    { STRIPE_WEBHOOK_SECRET: 'whsec_of_somebody_else' },
  );
  expect(code).toBe(1);
  expect(output).toContain('webhook_signature_invalid');
});
