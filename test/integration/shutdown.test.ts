import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { expectSameBooks } from '../support/same-books.ts';
import {
  deliver,
  deliverAll,
  eventsAtGateway,
  intentOf,
  mapConcurrently,
  payBehindOurBack,
  withholdWebhooks,
  type StripeEvent,
} from '../support/stripe-webhook.ts';
import {
  START_TIMEOUT_MS,
  startTenderProcesses,
  type TenderProcesses,
} from '../support/tender-processes.ts';

const SETTINGS = {
  TENDER_SHUTDOWN_TIMEOUT_SECONDS: '20',
  PAYMENT_GATEWAY_TIMEOUT_SECONDS: '10',
  PAYMENT_LEASE_SECONDS: '13',
};

let tender: TenderProcesses;
beforeAll(async () => {
  tender = await startTenderProcesses({ env: SETTINGS });
  withholdWebhooks(tender);
}, START_TIMEOUT_MS);
afterAll(async () => {
  await tender.close();
});

test(
  'an API that is stopped answers everything that was begun, loses nothing that it acknowledged, and ends with 0',
  async () => {
    const foreign = await eventsOfUntold(20);
    // A connection that never sends a byte must not keep the process from ending.
    const silent = connect(Number(new URL(tender.apiUrl).port), '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const delay = tender.sandbox.faults.add({
      match: { method: 'POST', path: '/v1/payment_intents' },
      fault: { kind: 'delay', ms: 700 },
    });
    const body = { amount: 10_000, currency: 'EUR', payment_method: 'pm_card_visa', confirm: true };
    const begun = Array.from({ length: 10 }, () =>
      tender.call('POST', '/api/v1/payments', { body }),
    );
    await eventually(async () => {
      const [row] = await tender.db.sql<{ count: number }[]>`
      SELECT count(*)::int FROM payment_attempts WHERE outcome IS NULL`;
      expect(row?.count).toBe(10);
    });
    const acknowledged: string[] = [];
    const deliveries = mapConcurrently(foreign, 4, async (event) => {
      const answer = await deliver(tender, { body: JSON.stringify(event) }).catch(() => null);
      if (answer?.status === 200) acknowledged.push(event.id);
      else if (answer) expect(answer).toMatchObject({ status: 503, code: 'draining' });
    });
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(4));

    const stopped = tender.api.stop();
    await eventually(async () => {
      const response = await fetch(`${tender.api.metricsUrl}/ready`);
      expect([response.status, ((await response.json()) as { status: string }).status]).toEqual([
        503,
        'draining',
      ]);
    });
    const late = await tender.call('GET', '/api/v1/payments').catch(() => null);
    expect([undefined, 200, 503]).toContain(late?.status);

    const answers = await Promise.all(begun);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    await deliveries;
    const stopping = performance.now();
    expect(await stopped).toBe(0);
    expect(performance.now() - stopping).toBeLessThan(10_000);

    const stored = await tender.db.sql<
      { eventId: string }[]
    >`SELECT event_id FROM webhook_receipts`;
    const ids = new Set(stored.map(({ eventId }) => eventId));
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    tender.sandbox.faults.clear(delay.id);
  },
  START_TIMEOUT_MS,
);

test(
  'a worker that is stopped finishes what it has begun, claims nothing more, and ends with 0',
  async () => {
    await tender.api.start();
    // What was not acknowledged is sent again, as the gateway would.
    await deliverAll(tender, await eventsAtGateway(tender));
    await tender.settled();
    await tender.worker.stop();
    const events = (await eventsOfUntold(20)).filter(({ type }) => type === 'charge.succeeded');
    for (const event of events) await deliver(tender, { body: JSON.stringify(event) });
    const delay = tender.sandbox.faults.add({
      match: { method: 'GET' },
      fault: { kind: 'delay', ms: 500 },
    });
    await tender.worker.start({ PAYMENT_WEBHOOK_WORKER_CONCURRENCY: '3' });
    const leased = async () => {
      const [row] = await tender.db.sql<{ count: number }[]>`
      SELECT count(*)::int FROM webhook_receipts WHERE lease_token IS NOT NULL`;
      return row?.count ?? 0;
    };
    await eventually(async () => expect(await leased()).toBeGreaterThan(0), 10_000, 5);
    expect(await tender.worker.stop()).toBe(0);
    expect(await leased()).toBe(0);
    const [left] = await tender.db.sql<{ pending: number; failed: number }[]>`
    SELECT count(*) FILTER (WHERE state = 'pending')::int AS pending,
           count(*) FILTER (WHERE last_error IS NOT NULL)::int AS failed FROM webhook_receipts`;
    expect(left?.pending).toBeGreaterThan(0);
    expect(left?.failed).toBe(0);

    tender.sandbox.faults.clear(delay.id);
    await tender.worker.start();
    await tender.settled();
    await expectSameBooks(tender);
  },
  START_TIMEOUT_MS,
);

/** The events of payments that were paid at the gateway, none of which Tender has heard of. */
async function eventsOfUntold(count: number): Promise<StripeEvent[]> {
  const payments = await mapConcurrently(Array.from({ length: count }), 4, () =>
    payBehindOurBack(tender),
  );
  const intents = new Set<unknown>(payments.map(({ intent }) => intent));
  return (await eventsAtGateway(tender)).filter((event) => intents.has(intentOf(event)));
}
