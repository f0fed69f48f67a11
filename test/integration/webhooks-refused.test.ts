import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  atGateway,
  createUnpaid,
  deliver,
  eventAbout,
  newEventId,
  receiptOf,
  signStripe,
  withholdWebhooks,
  type Delivery,
} from '../support/stripe-webhook.ts';
import {
  START_TIMEOUT_MS,
  startTenderProcesses,
  type TenderProcesses,
} from '../support/tender-processes.ts';
import { KEYS } from '../support/tender.ts';

const OLD_SECRET = 'whsec_sandbox_is_on_its_way_out';
const TOLERANCE_SECONDS = 300;
const NUL = String.raw`\u0000`;
const LONE_SURROGATE = String.raw`\ud800`;

let tender: TenderProcesses;
beforeAll(async () => {
  tender = await startTenderProcesses({
    env: { STRIPE_WEBHOOK_SECRET: `${OLD_SECRET},${KEYS.webhookSecret}` },
  });
  withholdWebhooks(tender);
}, START_TIMEOUT_MS);
afterAll(() => tender?.close());

const event = () => JSON.stringify(eventAbout({ object: 'customer', id: 'cus_1' }, 'customer.new'));
const countStored = async (): Promise<number> => {
  const [row] = await tender.db.sql<{ count: number }[]>`
    SELECT count(*)::int FROM webhook_receipts`;
  return row?.count ?? 0;
};

/** Every way in which a delivery is turned away, with the answer and the reason that is counted. */
const REFUSED: [
  name: string,
  delivery: () => Delivery,
  status: number,
  code: string,
  reason: string,
][] = [
  [
    'without a signature',
    () => ({ body: event(), signature: null }),
    400,
    'webhook_signature_missing',
    'signature_missing',
  ],
  [
    'with a signature that is none',
    () => ({ body: event(), signature: 'v1=abc' }),
    400,
    'webhook_signature_invalid',
    'signature_malformed',
  ],
  [
    'with two times and no hash',
    () => ({ body: event(), signature: 't=1,t=2' }),
    400,
    'webhook_signature_invalid',
    'signature_malformed',
  ],
  [
    'signed with another secret',
    () => ({ body: event(), secret: 'whsec_of_somebody_else' }),
    400,
    'webhook_signature_invalid',
    'signature_mismatch',
  ],
  [
    'signed too long ago',
    () => ({ body: event(), signedInSeconds: -TOLERANCE_SECONDS - 5 }),
    400,
    'webhook_timestamp_out_of_tolerance',
    'timestamp_too_old',
  ],
  [
    'signed in the future',
    () => ({ body: event(), signedInSeconds: TOLERANCE_SECONDS + 5 }),
    400,
    'webhook_timestamp_out_of_tolerance',
    'timestamp_in_future',
  ],
  [
    'whose body was changed on the way',
    () => ({ body: event().replace('cus_1', 'cus_2'), signature: signStripe(event()) }),
    400,
    'webhook_signature_invalid',
    'signature_mismatch',
  ],
  ['without a body', () => ({ body: '' }), 400, 'webhook_body_invalid', 'body_empty'],
  ['that is not JSON', () => ({ body: 'hello' }), 400, 'webhook_body_invalid', 'body_malformed'],
  [
    'with a raw zero byte',
    () => ({ body: `${event()}\0` }),
    400,
    'webhook_body_invalid',
    'body_malformed',
  ],
  [
    'with a raw zero byte in a text',
    () => ({ body: event().replace('cus_1', 'cus\0') }),
    400,
    'webhook_body_invalid',
    'body_malformed',
  ],
  [
    'with the raw character that stands between bodies in a batch',
    () => ({ body: event().replace('cus_1', 'cus\x1f') }),
    400,
    'webhook_body_invalid',
    'body_malformed',
  ],
  [
    'that is JSON but no event',
    () => ({ body: '[1, 2]' }),
    400,
    'webhook_body_invalid',
    'body_malformed',
  ],
  [
    'whose id is not a name',
    () => ({ body: event().replace('evt_', `evt_${NUL}`) }),
    400,
    'webhook_body_invalid',
    'body_malformed',
  ],
  [
    'that is not UTF-8',
    () => ({ body: Uint8Array.from(Buffer.from(event().replace('cus_1', '\u00e9'), 'latin1')) }),
    400,
    'webhook_body_invalid',
    'body_malformed',
  ],
  [
    'of more than 1 MiB',
    () => ({ body: event().replace('cus_1', 'c'.repeat(1_048_576)) }),
    413,
    'body_too_large',
    'body_too_large',
  ],
  [
    'of a gateway that is not known',
    () => ({ body: event(), gateway: 'acme' }),
    404,
    'webhook_gateway_unknown',
    'gateway_unknown',
  ],
];

let storedBefore = 0;
beforeEach(async () => {
  storedBefore = await countStored();
});

test.each(REFUSED)(
  'a webhook %s is refused, counted and not stored',
  async (_name, make, status, code, reason) => {
    const delivery = make();
    const name = `webhook_rejected_total{gateway="${delivery.gateway ? 'unknown' : 'stripe'}",reason="${reason}"}`;
    const before = (await tender.api.metric(name)) ?? 0;
    const answer = await deliver(tender, delivery);
    expect(answer).toMatchObject({ status, code });
    expect(await tender.api.metric(name)).toBe(before + 1);
    expect(await countStored()).toBe(storedBefore);
  },
);

test.each([
  ['the old secret while it is being replaced', { secret: OLD_SECRET }],
  ['the new secret', { secret: KEYS.webhookSecret }],
  ['an old signature beside a good one', null],
  ['a time just inside the tolerance, before', { signedInSeconds: -TOLERANCE_SECONDS + 30 }],
  ['a time just inside the tolerance, after', { signedInSeconds: TOLERANCE_SECONDS - 30 }],
])('a webhook signed with %s is taken', async (_name, how) => {
  const body = event();
  const [time, hash] = signStripe(body).split(',');
  const delivery = how ?? { signature: `${time},v1=${'0'.repeat(64)},v0=fake,${hash}` };
  expect(await deliver(tender, { body, ...delivery })).toMatchObject({ status: 200 });
  expect(await countStored()).toBe(storedBefore + 1);
});

test('a body of just under 1 MiB is taken and worked off', async () => {
  const id = newEventId();
  const object = { object: 'customer', id: 'c'.repeat(1_048_000) };
  const body = JSON.stringify(eventAbout(object, 'customer.new', id));
  expect(await deliver(tender, { body })).toMatchObject({ status: 200 });
  await eventually(async () =>
    expect(await receiptOf(tender, id)).toMatchObject({ state: 'ignored' }),
  );
});

test.each([
  ['zero characters', NUL],
  ['halves of surrogate pairs', LONE_SURROGATE],
])('%s, which the database refuses in texts, stop no payment', async (_name, odd) => {
  const { id, intent } = await createUnpaid(tender);
  const object = {
    ...(await atGateway(tender, 'GET', `/v1/payment_intents/${intent}`)),
    status: 'requires_action',
    description: 'odd@description',
    client_secret: 'odd@secret',
    next_action: { type: 'use_stripe_sdk', use_stripe_sdk: { 'odd@name': 'odd@value' } },
    last_payment_error: {
      type: 'card_error',
      code: 'odd@code',
      message: 'odd@message',
      payment_method: { type: 'card', card: { brand: 'odd@brand', last4: '42@2' } },
    },
  };
  const asked = eventAbout(object, 'payment_intent.requires_action');
  const declined = eventAbout(
    { ...object, status: 'requires_payment_method' },
    'payment_intent.payment_failed',
  );
  const stranger = eventAbout(
    { ...object, id: 'pi_odd@', metadata: { tender_payment_id: 'pay_@' } },
    'payment_intent.created',
  );
  for (const each of [asked, declined, stranger]) {
    const body = JSON.stringify(each).replaceAll('@', odd);
    expect(await deliver(tender, { body })).toMatchObject({ status: 200 });
  }
  await eventually(async () => {
    expect(await receiptOf(tender, asked.id)).toMatchObject({ state: 'processed' });
    expect(await receiptOf(tender, declined.id)).toMatchObject({ state: 'processed' });
    expect(await receiptOf(tender, stranger.id)).toMatchObject({ state: 'parked' });
  });
  expect(tender.worker.isRunning).toBe(true);
  const { status } = await tender.call('GET', `/api/v1/payments/${id}`);
  expect(status).toBe(200);
});
