import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, asAdmin as askAsAdmin } from '../support/as-operator.ts';
import { eventually } from '../support/eventually.ts';
import {
  deliver,
  eventAbout,
  eventsAtGateway,
  payBehindOurBack,
} from '../support/stripe-webhook.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;

beforeAll(async () => {
  tender = await startTender({
    // The first failure is the last one.
    env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN, PAYMENT_WEBHOOK_MAX_RETRIES: '0' },
  });
});

afterAll(() => tender.close());

const asAdmin = (method: string, path: string, body?: object) =>
  askAsAdmin(tender, method, path, body);

async function listed(query: string): Promise<Answer['json'][]> {
  const { status, json } = await asAdmin('GET', `/webhooks?${query}`);
  expect(status).toBe(200);
  return json.data;
}

/** The webhook of a charge that its gateway could not be asked about, so that it was given up. */
async function givenUp(): Promise<{ payment: string; webhook: Answer['json'] }> {
  const withheld = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
  const payment = await payBehindOurBack(tender);
  const [charge] = (await eventsAtGateway(tender, payment.intent)).filter(
    ({ type }) => type === 'charge.succeeded',
  );
  if (!charge) throw new Error('the gateway told of no charge');
  const fault = tender.sandbox.faults.add({
    match: { method: 'GET' },
    fault: { kind: 'status', status: 503 },
  });
  await deliver(tender, { body: JSON.stringify(charge) });
  const webhook = await eventually(async () => {
    const [found] = await listed(`event_id=${charge.id}&state=dead`);
    expect(found).toBeDefined();
    return found;
  });
  tender.sandbox.faults.clear(fault.id);
  tender.sandbox.faults.clear(withheld.id);
  return { payment: payment.id, webhook };
}

const statusOf = async (payment: string) =>
  (await tender.call('GET', `/api/v1/payments/${payment}`)).json.status;

describe('a webhook that was given up', () => {
  test('shows what was sent and what went wrong, and is worked off once it is replayed', async () => {
    const { payment, webhook } = await givenUp();
    const { json } = await asAdmin('GET', `/webhooks/${webhook.id}`);
    expect(json).toMatchObject({
      state: 'dead',
      tries: 1,
      payload_dropped: false,
      payload: { id: webhook.event_id, type: 'charge.succeeded' },
      failures: [{ error: json.last_error }],
    });
    expect(await statusOf(payment)).not.toBe('succeeded');

    const replayed = await asAdmin('POST', `/webhooks/${webhook.id}/replay`);
    expect(replayed).toMatchObject({ status: 202, json: { id: webhook.id } });
    await eventually(async () => expect(await statusOf(payment)).toBe('succeeded'));
    const [again] = await listed(`event_id=${webhook.event_id}`);
    expect(again).toMatchObject({ state: 'processed', payment_id: payment });
    const audit = await asAdmin('GET', `/audit-log?subject_id=${webhook.id}&action=webhook.replay`);
    expect(audit.json.data).toMatchObject([{ before: { state: 'dead' } }]);
  });

  test('is replayed with all others, the oldest first and as many as are asked for', async () => {
    const { payment, webhook } = await givenUp();
    const other = await givenUp();
    const first = await asAdmin('POST', '/webhooks/replay', { gateway: 'stripe', limit: 1 });
    expect(first).toMatchObject({
      status: 202,
      json: { replayed: 1, webhooks: [webhook.id], has_more: true },
    });
    const rest = await asAdmin('POST', '/webhooks/replay');
    expect(rest.json).toMatchObject({ webhooks: [other.webhook.id], has_more: false });
    await eventually(async () => expect(await statusOf(payment)).toBe('succeeded'));
    await eventually(async () => expect(await statusOf(other.payment)).toBe('succeeded'));
    expect((await asAdmin('POST', '/webhooks/replay')).json.replayed).toBe(0);
  });

  test('cannot be replayed once its bytes were dropped', async () => {
    const { webhook } = await givenUp();
    const owner = new Client(tender.database.ownerUrl);
    await owner.connect();
    await owner.query('DELETE FROM webhook_payloads WHERE receipt_id = $1', [webhook.id]);
    await owner.end();
    const answer = await asAdmin('POST', `/webhooks/${webhook.id}/replay`);
    expect(answer).toMatchObject({ status: 409, json: { code: 'webhook_payload_dropped' } });
    const shown = await asAdmin('GET', `/webhooks/${webhook.id}`);
    expect(shown.json).toMatchObject({ payload: null, payload_dropped: true });
    expect((await asAdmin('POST', '/webhooks/replay')).json.webhooks).not.toContain(webhook.id);
  });
});

test('one that changed something already changes nothing when it is replayed', async () => {
  const { json: payment } = await tender.call('POST', '/api/v1/payments', {
    body: { amount: 700, currency: 'EUR', payment_method: 'pm_card_visa', confirm: true },
  });
  await tender.settled();
  const before = (await tender.call('GET', `/api/v1/payments/${payment.id}`)).json;
  const webhooks = await listed(`payment_id=${payment.id}`);
  expect(webhooks.length).toBeGreaterThan(0);
  for (const { id } of webhooks) {
    expect((await asAdmin('POST', `/webhooks/${id}/replay`)).status).toBe(202);
  }
  await tender.settled();
  expect((await tender.call('GET', `/api/v1/payments/${payment.id}`)).json).toEqual(before);
});

test('the list is cut into pages that miss none, and filtered', async () => {
  for (let n = 0; n < 3; n += 1) {
    const event = eventAbout({ object: 'customer', id: `cus_${n}` }, 'customer.created');
    await deliver(tender, { body: JSON.stringify(event) });
  }
  await tender.settled();
  const ids: number[] = [];
  let cursor = '';
  for (;;) {
    const { json } = await asAdmin('GET', `/webhooks?event_type=customer.created&limit=2${cursor}`);
    ids.push(...json.data.map(({ id }: { id: number }) => id));
    if (!json.has_more) break;
    cursor = `&cursor=${json.next_cursor}`;
  }
  expect(ids).toHaveLength(3);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  expect(await listed('state=ignored&event_type=customer.created')).toHaveLength(3);
  expect(await listed('gateway=square')).toEqual([]);
  expect((await asAdmin('GET', '/webhooks?state=lost')).status).toBe(422);
  expect((await asAdmin('GET', '/webhooks/999999999')).json.code).toBe('webhook_not_found');
});

test('the timeline of a payment has everything in order, from whichever side it came', async () => {
  const { json: payment } = await tender.call('POST', '/api/v1/payments', {
    body: { amount: 700, currency: 'EUR', payment_method: 'pm_card_visa', confirm: true },
  });
  await tender.call('POST', `/api/v1/payments/${payment.id}/refunds`, { body: { amount: 200 } });
  await tender.settled();
  const { json } = await asAdmin('GET', `/payments/${payment.id}/timeline`);
  const times = json.data.map(({ at }: { at: string }) => at);
  expect(times).toEqual(times.toSorted());
  const kinds = json.data.map(({ kind, details }: Answer['json']) =>
    kind === 'event' ? details.type : kind,
  );
  expect(kinds.indexOf('attempt_started')).toBeLessThan(kinds.indexOf('attempt_concluded'));
  expect(kinds).toEqual(
    expect.arrayContaining(['payment.created', 'payment.succeeded', 'refund', 'webhook']),
  );
  expect(json.truncated).toBe(false);
  expect((await asAdmin('GET', '/payments/pay_none/timeline')).status).toBe(404);
});
