import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  act,
  authenticate,
  CHALLENGED,
  DRAFT,
  eventsOf,
  HELD,
  pay,
  PATIENT,
  read,
  until,
  VISA,
} from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({ env: PATIENT });
});
afterAll(async () => {
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

interface Event {
  id: string;
  type: string;
  payment_id: string;
  sequence: number;
  data: Record<string, unknown>;
}

async function list(query: string): Promise<Answer['json']> {
  return (await tender.call('GET', `/api/v1/events?${query}`)).json;
}

/** The types of a payment's events, once there are as many as expected, after their numbers were checked. */
async function expectEvents(id: string, types: string[]): Promise<Event[]> {
  return eventually(async () => {
    const events: Event[] = await eventsOf(tender, id);
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(events.map(({ sequence }) => sequence)).toEqual(types.map((_, index) => index + 1));
    return events;
  });
}

test('each state of a payment has its event, with the payment as it was then', async () => {
  const { json: held } = await pay(tender, HELD);
  await act(tender, held.id, 'capture', { amount: 6_000 });
  const { json: refund } = await act(tender, held.id, 'refunds', { amount: 1_000 });
  await tender.settled();
  const events = await expectEvents(held.id, [
    'payment.created',
    'payment.authorized',
    'payment.succeeded',
    'refund.created',
    'refund.succeeded',
  ]);
  expect(events.map(({ data }) => [data.object, data.id, data.status])).toEqual([
    ['payment', held.id, 'processing'],
    ['payment', held.id, 'requires_capture'],
    ['payment', held.id, 'succeeded'],
    ['refund', refund.id, 'pending'],
    ['refund', refund.id, 'succeeded'],
  ]);
  expect(events[2]?.data).toMatchObject({ amount_captured: 6_000, amount_refunded: 0 });
  for (const { data } of events) expect(data).not.toHaveProperty('client_secret');
});

test('declines, challenges, cancellations and what the customer does elsewhere have their events', async () => {
  const declined = await pay(tender, { ...VISA, payment_method: 'pm_card_chargeDeclined' });
  const { id } = declined.json.payment;
  await act(tender, id, 'cancel');
  await expectEvents(id, ['payment.created', 'payment.declined', 'payment.canceled']);

  const { json: waiting } = await pay(tender, CHALLENGED);
  await authenticate(waiting, 'complete');
  await until(tender, waiting.id, { status: 'succeeded' });
  await expectEvents(waiting.id, [
    'payment.created',
    'payment.action_required',
    'payment.succeeded',
  ]);
});

test('what changes nothing tells nothing', async () => {
  const { json: payment } = await pay(tender, DRAFT);
  await tender.settled();
  const before = await eventsOf(tender, payment.id);
  await tender.call('POST', `/api/v1/payments/${payment.id}/sync`, { key: null });
  await act(tender, payment.id, 'capture');
  await act(tender, payment.id, 'refunds');
  expect(await eventsOf(tender, payment.id)).toEqual(before);
});

test('events are found by type, and an unknown type is refused', async () => {
  const { json: payment } = await pay(tender, VISA);
  await eventsOf(tender, payment.id);
  const { data } = await list(`type=payment.succeeded&payment_id=${payment.id}`);
  expect(data).toHaveLength(1);
  expect(await list('type=payment.exploded')).toMatchObject({ code: 'parameter_invalid' });
});

test('a reader who follows the cursor while payments are written misses no event and sees none twice', async () => {
  const start = await list('limit=1');
  let cursor: string = start.next_cursor;
  const seen: Event[] = [...start.data];
  /** How many there are, once all are written: the newest are held back while any SQL transaction beside them runs. */
  let expected = Infinity;
  const follow = async () => {
    for (;;) {
      const { data, next_cursor } = await list(`limit=7&cursor=${cursor}`);
      seen.push(...data);
      cursor = next_cursor ?? cursor;
      if (data.length === 0 && seen.length >= expected) return;
    }
  };
  const write = async () => {
    const writers = Array.from({ length: 8 }, async () => {
      for (let n = 0; n < 5; n += 1) {
        const { json: payment } = await pay(tender, VISA);
        const refund = (amount: number) => act(tender, payment.id, 'refunds', { amount });
        await Promise.all([refund(100), refund(200)]);
      }
    });
    await Promise.all(writers);
    await eventually(async () => {
      const pending = await tender.db.sql`SELECT id FROM refunds WHERE status = 'pending'`;
      expect(pending).toHaveLength(0);
    });
    await tender.settled();
    const stored = await tender.db.sql<{ id: string }[]>`SELECT id FROM events`;
    expected = stored.length;
  };
  await Promise.all([follow(), write()]);

  const stored = await tender.db.sql<{ id: string }[]>`SELECT id FROM events`;
  expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(stored.map(({ id }) => id)));
  expect(seen.length).toBe(stored.length);
  for (const events of Map.groupBy(seen, ({ payment_id }) => payment_id).values()) {
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  }
  const { json: any } = await tender.call('GET', '/api/v1/payments?limit=1');
  expect(await read(tender, any.data[0].id)).toMatchObject({ amount_refunded: 300 });
});
