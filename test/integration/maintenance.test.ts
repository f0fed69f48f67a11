import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, asAdmin } from '../support/as-operator.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { deliver, eventAbout } from '../support/stripe-webhook.ts';
import { LocalPart } from '../support/tender-part.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

const VISA = { amount: 1_000, currency: 'USD', payment_method: 'pm_card_visa', confirm: true };

let tender: Tender;
let held: string;
let paid: string;

beforeAll(async () => {
  tender = await startTender({ env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN } });
  held = (await pay({ capture_method: 'manual' })).json.id;
  paid = (await pay()).json.id;
  await tender.settled();
});

afterAll(async () => {
  await expectSameBooks(tender);
  await tender.close();
});

const pay = (more: object = {}) =>
  tender.call('POST', '/api/v1/payments', { body: { ...VISA, ...more } });

/** Everything that moves money, and what came of it. */
async function moveMoney(): Promise<Answer[]> {
  return [
    await pay(),
    await tender.call('POST', `/api/v1/payments/${held}/confirm`, { body: {} }),
    await tender.call('POST', `/api/v1/payments/${held}/capture`, { body: {} }),
    await tender.call('POST', `/api/v1/payments/${held}/cancel`, { body: {} }),
    await tender.call('POST', `/api/v1/payments/${paid}/refunds`, { body: { amount: 100 } }),
  ];
}

async function expectMoneyToRest(): Promise<void> {
  const books = JSON.stringify(tender.sandbox.books());
  for (const answer of await moveMoney()) {
    expect(answer).toMatchObject({ status: 503, json: { code: 'maintenance' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(JSON.stringify(tender.sandbox.books())).toBe(books);
}

async function expectTheRestToGoOn(): Promise<void> {
  expect((await tender.call('GET', `/api/v1/payments/${paid}`)).status).toBe(200);
  expect((await tender.call('POST', `/api/v1/payments/${paid}/sync`)).status).toBe(200);
  expect((await fetch(`${tender.apiUrl}/health`)).status).toBe(200);
  expect((await fetch(`${tender.apiUrl}/ready`)).status).toBe(200);
  const event = eventAbout({ object: 'customer', id: 'cus_1' }, 'customer.created');
  expect((await deliver(tender, { body: JSON.stringify(event) })).status).toBe(200);
  await eventually(async () => {
    const [row] = await tender.db.sql<{ state: string }[]>`
      SELECT state FROM webhook_receipts WHERE event_id = ${event.id}`;
    expect(row?.state).toBe('ignored');
  });
}

describe('maintenance by the word of an operator', () => {
  test('lets money rest everywhere within a second, and nothing else', async () => {
    const [port, metricsPort] = await freePorts(2);
    const ports = { PAYMENT_PORT: String(port), PAYMENT_PROMETHEUS_PORT: String(metricsPort) };
    const replica = new LocalPart('api', { ...tender.env, ...ports });
    await replica.start();
    const begun = await asAdmin(tender, 'PUT', '/maintenance', {
      enabled: true,
      reason: 'the database moves',
    });
    expect(begun).toMatchObject({
      status: 200,
      json: { enabled: true, by_setting: false, reason: 'the database moves' },
    });
    await expectMoneyToRest();
    await expectTheRestToGoOn();
    await eventually(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/payments`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tender.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': 'at-the-replica',
        },
        body: JSON.stringify(VISA),
      });
      expect(response.status).toBe(503);
    }, 1_000);
    await replica.stop();
  });

  test('ends when an operator says so, and both are in the audit log', async () => {
    await asAdmin(tender, 'PUT', '/maintenance', { enabled: false });
    expect((await pay()).status).toBe(201);
    const { json } = await asAdmin(tender, 'GET', '/audit-log?actor_id=op_bootstrap');
    expect(json.data.map(({ action }: { action: string }) => action)).toEqual([
      'maintenance.end',
      'maintenance.begin',
    ]);
    expect((await asAdmin(tender, 'GET', '/maintenance')).json.enabled).toBe(false);
  });
});

test('MAINTENANCE_MODE=true lets money rest, whatever operators say, and nothing else', async () => {
  await tender.api.stop();
  await tender.api.start({ MAINTENANCE_MODE: 'true' });
  await expectMoneyToRest();
  await expectTheRestToGoOn();
  const ended = await asAdmin(tender, 'PUT', '/maintenance', { enabled: false });
  expect(ended.json).toMatchObject({ enabled: true, by_setting: true });
  await expectMoneyToRest();
});
