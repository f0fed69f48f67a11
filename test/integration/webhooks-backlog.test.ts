import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { INBOX_SETTINGS, startInboxTender, type InboxTender } from '../support/inbox-settings.ts';
import { expectSameBooks } from '../support/same-books.ts';
import {
  atGateway,
  deliverAll,
  eventAbout,
  eventsAtGateway,
  mapConcurrently,
  payBehindOurBack,
  type StripeEvent,
} from '../support/stripe-webhook.ts';
import { startTenderProcesses, type TenderProcesses } from '../support/tender-processes.ts';

const REFUNDS_EACH = 4;
/** Of 2,000 that wait every signal is lost; a quarter shows the same of those of which there never was one. */
const WEBHOOKS = { withRedis: 2_000, withoutRedis: 500 };
/** With so many for each payment, a fifth of the webhooks and more are about one; the others are only stored and ignored. */
const WEBHOOKS_PER_PAYMENT = 50;
/** A quiet machine needs ten seconds, a busy one much longer. */
const TIMEOUT_MS = 240_000;

/** Both lists evenly mixed, each in its order. */
function interleave<T>(one: readonly T[], other: readonly T[]): T[] {
  return one.flatMap((each, i) => {
    const [from, to] = [i, i + 1].map((n) => Math.floor((n * other.length) / one.length));
    return [each, ...other.slice(from, to)];
  });
}

describe.each(INBOX_SETTINGS)('the backlog $setting', ({ withRedis }) => {
  const webhooks = withRedis ? WEBHOOKS.withRedis : WEBHOOKS.withoutRedis;
  const payments = webhooks / WEBHOOKS_PER_PAYMENT;
  /** How many are worked off before something happens. */
  const some = webhooks / 5;
  let inbox: InboxTender<TenderProcesses>;
  let events: StripeEvent[] = [];
  beforeAll(async () => {
    inbox = await startInboxTender(startTenderProcesses, withRedis, { parts: ['api'] });
    const { tender } = inbox;
    // Paid and partly refunded at the gateway alone, so that every change comes here by webhook.
    await mapConcurrently(Array.from({ length: payments }), 8, async () => {
      const { intent } = await payBehindOurBack(tender);
      const refund = { payment_intent: intent, amount: '1000' };
      for (let i = 0; i < REFUNDS_EACH; i += 1) {
        await atGateway(tender, 'POST', '/v1/refunds', refund);
      }
    });
    const ours = await eventsAtGateway(tender);
    expect(ours.length).toBeGreaterThan(webhooks / 5);
    const others = Array.from({ length: webhooks - ours.length }, (_, i) =>
      eventAbout({ object: 'customer', id: `cus_${i}` }, 'customer.created'),
    );
    events = interleave(ours, others);
  }, TIMEOUT_MS);
  afterAll(() => inbox?.close());

  const countFinished = async (): Promise<number> => {
    const [row] = await inbox.tender.db.sql<{ count: number }[]>`
      SELECT count(*)::int FROM webhook_receipts WHERE finished_at IS NOT NULL`;
    return row?.count ?? 0;
  };
  const finished = (count: number) =>
    eventually(
      async () => expect(await countFinished()).toBeGreaterThanOrEqual(count),
      TIMEOUT_MS,
      20,
    );

  test(
    `${webhooks.toLocaleString('en')} webhooks are acknowledged and wait, visibly, while no worker runs`,
    async () => {
      const { tender } = inbox;
      expect(events).toHaveLength(webhooks);
      const statuses = await deliverAll(tender, events);
      expect(statuses.every((status) => status === 200)).toBe(true);
      const [stored] = await tender.db.sql<{ pending: number; payloads: number }[]>`
      SELECT (SELECT count(*) FROM webhook_receipts WHERE state = 'pending')::int AS pending,
             (SELECT count(*) FROM webhook_payloads)::int AS payloads`;
      expect(stored).toEqual({ pending: events.length, payloads: events.length });
      await eventually(async () =>
        expect(await inbox.signalsWaiting()).toBe(withRedis ? events.length : null),
      );
      const depth = () => tender.api.metric('payment_webhook_queue_depth');
      await eventually(async () => expect(await depth()).toBe(events.length), 10_000, 250);
    },
    TIMEOUT_MS,
  );

  test(
    'kill -9 of the worker and the loss of every signal lose none and apply none twice',
    async () => {
      const { tender, redis } = inbox;
      await tender.worker.start();
      await finished(some);
      await tender.worker.kill();
      expect(await countFinished()).toBeLessThan(events.length);
      if (redis) expect(await inbox.signalsWaiting()).toBeGreaterThan(0);

      const before = await countFinished();
      await tender.worker.start();
      await finished(before + some);
      if (redis) {
        expect(await inbox.signalsWaiting()).toBeGreaterThan(0);
        await redis.flushAll();
      }
      expect(await countFinished()).toBeLessThan(events.length);

      await tender.settled(TIMEOUT_MS);
      expect(await inbox.signalsWaiting()).toBe(withRedis ? 0 : null);
      const foreign = events.filter(({ type }) => type === 'customer.created').length;
      const states = await tender.db.sql<{ state: string; count: number }[]>`
      SELECT state, count(*)::int FROM webhook_receipts GROUP BY state ORDER BY state`;
      expect([...states]).toEqual([
        { state: 'ignored', count: foreign },
        { state: 'processed', count: webhooks - foreign },
      ]);
      await expectEffectsOnce();
    },
    TIMEOUT_MS,
  );

  async function expectEffectsOnce(): Promise<void> {
    const { tender } = inbox;
    const stored = await tender.db.sql`
      SELECT status, amount_captured::int, amount_refunded::int, count(*)::int FROM payments GROUP BY 1, 2, 3`;
    expect([...stored]).toEqual([
      { status: 'succeeded', amountCaptured: 10_000, amountRefunded: 4_000, count: payments },
    ]);
    const told = await tender.db
      .sql`SELECT type, count(*)::int FROM events GROUP BY type ORDER BY type`;
    expect([...told]).toEqual([
      { type: 'payment.created', count: payments },
      { type: 'payment.succeeded', count: payments },
      { type: 'refund.created', count: payments * REFUNDS_EACH },
      { type: 'refund.succeeded', count: payments * REFUNDS_EACH },
    ]);
    const refunds = await tender.db
      .sql`SELECT status, source, count(*)::int FROM refunds GROUP BY 1, 2`;
    expect([...refunds]).toEqual([
      { status: 'succeeded', source: 'gateway', count: payments * REFUNDS_EACH },
    ]);
    await expectSameBooks(tender);
  }
});
