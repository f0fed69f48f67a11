import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type {
  CreatePayment,
  Gateway,
  GatewayOutcome,
  MoneyCall,
  WebhookDelivery,
} from '../../src/gateways/gateway.ts';
import { eventually } from '../support/eventually.ts';
import { createStripeGateway } from '../../src/gateways/stripe/client.ts';
import { createTransport } from '../../src/gateways/transport.ts';
import { startStripeSandbox } from '../../src/sandbox/stripe/start.ts';
import type { StripeSandbox } from '../../src/sandbox/stripe/start.ts';

const PATIENTLY = { timeout: 10_000 };
const CALL = { requestId: 'req_test' };
const RETURN_URL = 'https://shop.example/return';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A sandbox of one's own with the adapter in front; its two sets of records must agree at the end. */
async function connect(webhookUrl?: string): Promise<{ sandbox: StripeSandbox; gateway: Gateway }> {
  const sandbox = await startStripeSandbox({
    port: 0,
    secretKey: 'sk_test_1',
    publishableKey: 'pk_test_1',
    ...(webhookUrl === undefined ? {} : { webhook: { url: webhookUrl, secret: 'whsec_1' } }),
  });
  cleanups.push(() => sandbox.close());
  cleanups.push(() => expect(sandbox.checkBooks()).toEqual([]));
  return { sandbox, gateway: gatewayAt(sandbox.url) };
}

function gatewayAt(
  apiUrl: string,
  { secretKey = 'sk_test_1', totalTimeoutMs = 10_000 } = {},
): Gateway {
  const transport = createTransport({ connectTimeoutMs: 2000, totalTimeoutMs });
  cleanups.push(() => transport.close());
  return createStripeGateway({
    secretKey,
    publishableKey: 'pk_test_1',
    webhookSecrets: ['whsec_1'],
    apiUrl,
    transport,
    signatureToleranceMs: 300_000,
  });
}

let keys = 0;
const keyed = (idempotencyKey = `key-${(keys += 1)}`): MoneyCall => ({ ...CALL, idempotencyKey });

function creation(over: Partial<CreatePayment> = {}): CreatePayment {
  return {
    amount: 1000n,
    currency: 'USD',
    captureMethod: 'automatic',
    paymentMethod: 'pm_card_visa',
    offSession: false,
    returnUrl: null,
    description: 'Two chairs',
    statementDescriptor: 'CHAIRS',
    orderId: 'order-1',
    gatewayCustomerId: null,
    savePaymentMethod: false,
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    ...over,
  };
}

/** The report of an outcome that must have one. */
function reportOf<T>(outcome: GatewayOutcome<T>): T {
  if (outcome.kind === 'unknown' || outcome.report === null) {
    throw new Error(`There is no report: ${JSON.stringify(outcome)}`);
  }
  return outcome.report;
}

/** Makes a payment, and gives its id. */
async function made(gateway: Gateway, over: Partial<CreatePayment> = {}): Promise<string> {
  return reportOf(await gateway.createPayment(creation(over), keyed())).gatewayPaymentId;
}

/** Each operation that moves money: what it needs, the call, and how the payment's book looks after it. */
const OPERATIONS: {
  name: string;
  path: string;
  prepare: (gateway: Gateway) => Promise<string>;
  run: (gateway: Gateway, id: string, call: MoneyCall) => Promise<GatewayOutcome<unknown>>;
  book: object;
}[] = [
  {
    name: 'creating',
    path: '/v1/payment_intents$',
    prepare: async () => '',
    run: (gateway, _id, call) => gateway.createPayment(creation(), call),
    book: { status: 'succeeded', charges: [{ captured: 1000, status: 'live' }], refunds: [] },
  },
  {
    name: 'confirming',
    path: '/v1/payment_intents/*/confirm',
    prepare: (gateway) => made(gateway, { paymentMethod: null }),
    run: (gateway, gatewayPaymentId, call) =>
      gateway.confirmPayment(
        { ...creation({ paymentMethod: 'pm_card_visa' }), gatewayPaymentId },
        call,
      ),
    book: { status: 'succeeded', charges: [{ captured: 1000, status: 'live' }], refunds: [] },
  },
  {
    name: 'capturing a part',
    path: '/v1/payment_intents/*/capture',
    prepare: (gateway) => made(gateway, { captureMethod: 'manual' }),
    run: (gateway, gatewayPaymentId, call) =>
      gateway.capturePayment({ gatewayPaymentId, amount: 700n, currency: 'USD' }, call),
    book: { status: 'succeeded', charges: [{ captured: 700, released: 300 }], refunds: [] },
  },
  {
    name: 'canceling',
    path: '/v1/payment_intents/*/cancel',
    prepare: (gateway) => made(gateway, { captureMethod: 'manual' }),
    run: (gateway, gatewayPaymentId, call) =>
      gateway.cancelPayment({ gatewayPaymentId, reason: 'requested_by_customer' }, call),
    book: { status: 'canceled', charges: [{ captured: 0, released: 1000, status: 'canceled' }] },
  },
  {
    name: 'refunding',
    path: '/v1/refunds$',
    prepare: (gateway) => made(gateway),
    run: (gateway, gatewayPaymentId, call) =>
      gateway.createRefund(
        {
          gatewayPaymentId,
          amount: 400n,
          currency: 'USD',
          reason: 'duplicate',
          paymentId: 'pay_1',
          refundId: 'ref_1',
        },
        call,
      ),
    book: { charges: [{ captured: 1000 }], refunds: [{ amount: 400, status: 'succeeded' }] },
  },
];

test.for(OPERATIONS)(
  '$name succeeds, and a repeat is the same outcome and no second deed',
  async ({ prepare, run, book }) => {
    const { sandbox, gateway } = await connect();
    const id = await prepare(gateway);
    const call = keyed();
    const outcome = await run(gateway, id, call);
    expect(outcome.kind).toBe('succeeded');
    expect(await run(gateway, id, call)).toEqual(outcome);
    expect(await run(gateway, id, call)).toEqual(outcome);
    expect(sandbox.books().payments).toMatchObject([book]);
  },
);

/** Each way in which an answer can get lost, before and after the work is done. */
const SPOILT = (['before', 'after'] as const).flatMap((when) => [
  { name: `a connection dropped ${when}`, fault: { kind: 'drop', when } as const },
  { name: `a stall ${when}`, fault: { kind: 'stall', when } as const },
  { name: `an answer in another format ${when}`, fault: { kind: 'malformed', when } as const },
  { name: `a late answer ${when}`, fault: { kind: 'delay', ms: 300, when } as const },
]);

test.for(OPERATIONS.flatMap((operation) => SPOILT.map((spoilt) => ({ operation, spoilt }))))(
  '$operation.name with $spoilt.name is unknown, and the same key ends as one deed',
  async ({ operation: { prepare, run, path, book }, spoilt: { fault } }) => {
    const { sandbox, gateway } = await connect();
    const id = await prepare(gateway);
    const call = keyed();
    sandbox.faults.add({ match: { method: 'POST', path }, fault, times: 1 });
    const impatient = gatewayAt(sandbox.url, { totalTimeoutMs: 150 });
    expect(await run(impatient, id, call)).toMatchObject({ kind: 'unknown' });
    await eventually(() => expect(sandbox.faults.list()).toEqual([]));

    // Asking again may meet the first request still at work, which is unknown too.
    let outcome: GatewayOutcome<unknown> = await run(gateway, id, call);
    await expect
      .poll(async () => {
        if (outcome.kind === 'unknown') outcome = await run(gateway, id, call);
        return outcome.kind;
      }, PATIENTLY)
      .toBe('succeeded');
    expect(sandbox.books().payments).toMatchObject([book]);
  },
);

test.for(OPERATIONS)(
  '$name with a 500 before anything was done is unknown, and the same key ends as one deed',
  async ({ prepare, run, path, book }) => {
    const { sandbox, gateway } = await connect();
    const id = await prepare(gateway);
    const call = keyed();
    sandbox.faults.add({
      match: { method: 'POST', path },
      fault: { kind: 'status', status: 500 },
      times: 1,
    });
    expect(await run(gateway, id, call)).toMatchObject({
      kind: 'unknown',
      error: { category: 'gateway_fault', httpStatus: 500 },
    });
    expect(await run(gateway, id, call)).toMatchObject({ kind: 'succeeded' });
    expect(sandbox.books().payments).toMatchObject([book]);
  },
);

test.for(OPERATIONS)(
  '$name with a 500 that Stripe keeps stays unknown by its key, and is told by the payment itself',
  async ({ prepare, run, path, book }) => {
    const { sandbox, gateway } = await connect();
    const id = await prepare(gateway);
    const call = keyed();
    sandbox.faults.add({
      match: { method: 'POST', path },
      fault: { kind: 'status', status: 500, when: 'after' },
      times: 1,
    });
    const createdAt = new Date();
    for (let n = 0; n < 3; n += 1) {
      expect(await run(gateway, id, call)).toMatchObject({
        kind: 'unknown',
        error: { category: 'gateway_fault', httpStatus: 500 },
      });
    }
    expect(sandbox.books().payments).toMatchObject([book]);

    const { reference } = creation();
    const found = await gateway.findPayment({ reference, createdAt }, CALL);
    if (found.kind !== 'found') throw new Error(found.kind);
    const { status, id: gatewayPaymentId } = sandbox.books().payments[0] ?? {};
    expect(found.report).toMatchObject({ status, gatewayPaymentId });
  },
);

test.for(OPERATIONS)(
  '$name that is told to wait was not executed, and may be asked again',
  async ({ prepare, run, path, book }) => {
    const { sandbox, gateway } = await connect();
    const id = await prepare(gateway);
    const before = sandbox.books();
    const call = keyed();
    sandbox.faults.add({
      match: { method: 'POST', path },
      fault: { kind: 'status', status: 429 },
      times: 1,
    });
    expect(await run(gateway, id, call)).toMatchObject({
      kind: 'refused',
      error: { category: 'rate_limited', code: 'rate_limit', httpStatus: 429 },
    });
    expect(sandbox.books()).toEqual(before);
    expect(await run(gateway, id, call)).toMatchObject({ kind: 'succeeded' });
    expect(sandbox.books().payments).toMatchObject([book]);
  },
);

test.for(OPERATIONS)(
  '$name with the key of another request is a conflict that proves nothing',
  async ({ prepare, run }) => {
    const { gateway } = await connect();
    const id = await prepare(gateway);
    const call = keyed();
    await gateway.createPayment(creation({ amount: 777n }), call);
    expect(await run(gateway, id, call)).toMatchObject({
      kind: 'unknown',
      error: { category: 'key_conflict' },
    });
  },
);

test('a repeat while the first request is still at work is a conflict, and one deed in the end', async () => {
  const { sandbox, gateway } = await connect();
  const call = keyed();
  const path = '/v1/payment_intents$';
  sandbox.faults.add({ match: { path }, fault: { kind: 'delay', ms: 300 }, times: 1 });
  const [first, second] = await Promise.all([
    gateway.createPayment(creation(), call),
    gateway.createPayment(creation(), call),
  ]);
  const outcomes = [first, second];
  expect(outcomes.filter(({ kind }) => kind === 'succeeded').length).toBeGreaterThan(0);
  for (const outcome of outcomes) {
    if (outcome.kind === 'succeeded') continue;
    expect(outcome).toMatchObject({ kind: 'unknown', error: { category: 'key_conflict' } });
  }
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('while nothing listens nothing is sent, and with a wrong key nothing is done', async () => {
  const { sandbox } = await connect();
  const stranger = gatewayAt(sandbox.url, { secretKey: 'sk_test_other' });
  const gone = await startStripeSandbox({ port: 0, secretKey: 's', publishableKey: 'p' });
  await gone.close();
  const nobody = gatewayAt(gone.url);
  for (const { run } of OPERATIONS) {
    expect(await run(nobody, 'pi_1', keyed())).toMatchObject({
      kind: 'refused',
      error: { category: 'unreachable', code: 'ECONNREFUSED' },
    });
    expect(await run(stranger, 'pi_1', keyed())).toMatchObject({
      kind: 'refused',
      error: { category: 'authentication', httpStatus: 401 },
    });
  }
  expect(await nobody.retrievePayment('pi_1', CALL)).toMatchObject({ kind: 'unavailable' });
  expect(sandbox.books().payments).toEqual([]);
});

test.for([
  ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds', 'insufficient_funds'],
  ['pm_card_chargeDeclinedLostCard', 'lost_or_stolen_card', 'lost_card'],
  ['pm_card_chargeDeclinedStolenCard', 'lost_or_stolen_card', 'stolen_card'],
  ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
  ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
  ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ['pm_card_chargeDeclinedVelocityLimitExceeded', 'limit_exceeded', 'card_velocity_exceeded'],
  ['pm_card_chargeDeclinedFraudulent', 'fraud_suspected', 'fraudulent'],
] as const)(
  '%s is declined as %s, at creation and at confirmation',
  async ([paymentMethod, code, gatewayCode]) => {
    const { sandbox, gateway } = await connect();
    const expected = {
      kind: 'declined',
      decline: { code, gatewayCode },
      report: { status: 'requires_payment_method', decline: { code, gatewayCode } },
    };
    const call = keyed();
    const created = await gateway.createPayment(creation({ paymentMethod }), call);
    expect(created).toMatchObject(expected);
    expect(await gateway.createPayment(creation({ paymentMethod }), call)).toEqual(created);

    const confirmation = {
      ...creation({ paymentMethod }),
      gatewayPaymentId: reportOf(created).gatewayPaymentId,
    };
    expect(await gateway.confirmPayment(confirmation, keyed())).toMatchObject(expected);
    expect(await gateway.retrievePayment(confirmation.gatewayPaymentId, CALL)).toMatchObject({
      kind: 'found',
      report: {
        decline: { code, gatewayCode },
        paymentMethod: { type: 'card', last4: expect.stringMatching(/^\d{4}$/) as unknown },
      },
    });
    expect(sandbox.books().totals.liveCharges).toBe(0);
  },
);

/** What the customer does on the page that the payment sends to. */
async function authenticate(outcome: GatewayOutcome<unknown>, result: 'complete' | 'fail') {
  if (outcome.kind !== 'requires_action' || outcome.action.type !== 'redirect_to_url') {
    throw new Error(`There is no page to go to: ${JSON.stringify(outcome)}`);
  }
  const body = new URLSearchParams({ result });
  const response = await fetch(outcome.action.url, { method: 'POST', body, redirect: 'manual' });
  expect(response.headers.get('location')).toContain('https://shop.example/return');
}

test('a payment that needs the customer ends as the customer decides', async () => {
  const { sandbox, gateway } = await connect();
  const returnUrl = 'https://shop.example/return';
  const request = creation({ paymentMethod: 'pm_card_threeDSecure2Required', returnUrl });
  const completed = await gateway.createPayment(request, keyed());
  const failed = await gateway.createPayment(request, keyed());
  await authenticate(completed, 'complete');
  await authenticate(failed, 'fail');
  expect(await gateway.retrievePayment(reportOf(completed).gatewayPaymentId, CALL)).toMatchObject({
    report: { status: 'succeeded', action: null, amountCaptured: 1000n },
  });
  expect(await gateway.retrievePayment(reportOf(failed).gatewayPaymentId, CALL)).toMatchObject({
    report: { status: 'requires_payment_method', decline: { code: 'authentication_failed' } },
  });
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test.for([
  ['complete', { kind: 'succeeded', report: { type: 'card', brand: 'visa' } }],
  ['fail', { kind: 'declined', decline: { code: 'authentication_failed' } }],
] as const)(
  'a method that the customer has to approve is kept as they decide: %s',
  async ([decision, expected]) => {
    const { gateway } = await connect();
    const person = { customerId: 'cus_1', email: null, name: null };
    const made = await gateway.createCustomer(person, keyed());
    if (made.kind !== 'succeeded') throw new Error(made.kind);
    const { gatewayCustomerId } = made.report;
    const save = (paymentMethod: string) =>
      gateway.saveMethod(
        { customerId: 'cus_1', gatewayCustomerId, paymentMethod, returnUrl: RETURN_URL },
        keyed(),
      );
    const begun = await save('pm_card_authenticationRequired');
    if (begun.kind !== 'requires_approval') throw new Error(begun.kind);
    const { action, paymentMethod } = begun.approval;
    expect(await save(paymentMethod)).toEqual(begun);
    if (action.type !== 'redirect_to_url') throw new Error(action.type);
    const body = new URLSearchParams({ result: decision });
    await fetch(action.url, { method: 'POST', body, redirect: 'manual' });
    expect(await save(paymentMethod)).toMatchObject(expected);
  },
);

test("without an address to return to, the customer acts in the gateway's script", async () => {
  const { gateway } = await connect();
  const request = creation({ paymentMethod: 'pm_card_authenticationRequired' });
  expect(await gateway.createPayment(request, keyed())).toMatchObject({
    kind: 'requires_action',
    action: { type: 'use_gateway_sdk' },
    report: {
      status: 'requires_action',
      clientSecret: expect.stringMatching(/_secret_/) as unknown,
    },
  });
});

test('off session, a card that needs the customer is declined for that', async () => {
  const { gateway } = await connect();
  const request = creation({ paymentMethod: 'pm_card_authenticationRequired', offSession: true });
  expect(await gateway.createPayment(request, keyed())).toMatchObject({
    kind: 'declined',
    decline: { code: 'authentication_required' },
    report: { status: 'requires_payment_method' },
  });
});

test('an authorization tells how long it can be captured, and what is not captured is released', async () => {
  const { gateway } = await connect();
  const authorized = reportOf(
    await gateway.createPayment(creation({ captureMethod: 'manual' }), keyed()),
  );
  expect(authorized).toMatchObject({
    status: 'requires_capture',
    amountCapturable: 1000n,
    amountCaptured: 0n,
    paymentMethod: { type: 'card', brand: 'visa', last4: '4242' },
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
  });
  expect(authorized.captureBefore?.getTime()).toBeGreaterThan(Date.now());
  const { gatewayPaymentId } = authorized;
  const capture = { gatewayPaymentId, amount: 700n, currency: 'USD' };
  expect(await gateway.capturePayment(capture, keyed())).toMatchObject({
    report: { status: 'succeeded', amountCaptured: 700n, amountCapturable: 0n },
  });
  expect(await gateway.listRefunds(gatewayPaymentId, CALL)).toEqual({ kind: 'found', report: [] });
});

test('what the payment is not ready for is refused, with the state that it is in', async () => {
  const { gateway } = await connect();
  const gatewayPaymentId = await made(gateway);
  const refused = { kind: 'refused', error: { category: 'invalid_request', httpStatus: 400 } };
  const succeeded = { report: { gatewayPaymentId, status: 'succeeded', amountCaptured: 1000n } };
  expect(
    await gateway.capturePayment({ gatewayPaymentId, amount: 1000n, currency: 'USD' }, keyed()),
  ).toMatchObject({ ...refused, ...succeeded });
  expect(await gateway.cancelPayment({ gatewayPaymentId, reason: null }, keyed())).toMatchObject({
    ...refused,
    ...succeeded,
  });
  const refund = { gatewayPaymentId, currency: 'USD', reason: null, paymentId: 'pay_1' };
  expect(
    await gateway.createRefund({ ...refund, amount: 1001n, refundId: 'ref_1' }, keyed()),
  ).toMatchObject(refused);
  expect(
    await gateway.createPayment(creation({ paymentMethod: 'pm_card_unheardOf' }), keyed()),
  ).toMatchObject({ kind: 'refused', error: { category: 'invalid_request' } });
  expect(await gateway.createPayment(creation({ amount: 1n }), keyed())).toMatchObject({
    ...refused,
    error: { code: 'amount_too_small' },
  });
  expect(await gateway.retrievePayment('pi_unheardOf', CALL)).toEqual({ kind: 'not_found' });
});

test.for([
  ['JPY', 500n],
  ['ISK', 700n],
  ['UGX', 50_000n],
  ['MGA', 500_000n],
  ['KWD', 5120n],
  ['HUF', 100_045n],
] as const)(
  'a payment of %s %s is charged, captured and refunded in the same amount',
  async ([currency, amount]) => {
    const { gateway } = await connect();
    const report = reportOf(await gateway.createPayment(creation({ amount, currency }), keyed()));
    expect(report).toMatchObject({ currency, amount, amountCaptured: amount });
    const refund = {
      gatewayPaymentId: report.gatewayPaymentId,
      amount,
      currency,
      reason: null,
      paymentId: 'pay_1',
      refundId: 'ref_1',
    };
    expect(await gateway.createRefund(refund, keyed())).toMatchObject({
      kind: 'succeeded',
      report: { currency, amount, status: 'succeeded' },
    });
  },
);

test('a refund that takes its time is pending, and is told as it ends', async () => {
  const { sandbox, gateway } = await connect();
  const gatewayPaymentId = await made(gateway, { paymentMethod: 'pm_card_pendingRefund' });
  const refund = { gatewayPaymentId, amount: 100n, currency: 'USD', reason: null } as const;
  const one = reportOf(
    await gateway.createRefund({ ...refund, paymentId: 'pay_1', refundId: 'ref_1' }, keyed()),
  );
  const other = reportOf(
    await gateway.createRefund({ ...refund, paymentId: 'pay_1', refundId: 'ref_2' }, keyed()),
  );
  expect([one.status, other.status]).toEqual(['pending', 'pending']);
  sandbox.completeRefund(one.gatewayRefundId);
  sandbox.failRefund(other.gatewayRefundId);
  const listed = await gateway.listRefunds(gatewayPaymentId, CALL);
  if (listed.kind !== 'found') throw new Error(listed.kind);
  const told = listed.report.map(({ refundId, status }) => [refundId, status]);
  expect(told.sort()).toEqual([
    ['ref_1', 'succeeded'],
    ['ref_2', 'failed'],
  ]);
});

test('a payment whose answer was lost is found by its attempt among hundreds', async () => {
  const { sandbox, gateway } = await connect();
  const others = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        gateway.createPayment(
          creation({ reference: { paymentId: `pay_${n}`, attemptId: `att_other_${n}` } }),
          keyed(),
        ),
      ),
    );
  await others(60);
  sandbox.faults.add({
    match: { method: 'POST' },
    fault: { kind: 'drop', when: 'after' },
    times: 1,
  });
  const reference = { paymentId: 'pay_lost', attemptId: 'att_lost' };
  const createdAt = new Date();
  const lost = await gateway.createPayment(creation({ reference }), keyed());
  expect(lost).toMatchObject({ kind: 'unknown', error: { category: 'no_answer' } });
  await others(160);
  expect(await gateway.findPayment({ reference, createdAt }, CALL)).toMatchObject({
    kind: 'found',
    report: { reference, status: 'succeeded', amountCaptured: 1000n },
  });
  const missing = { paymentId: 'pay_lost', attemptId: 'att_missing' };
  expect(await gateway.findPayment({ reference: missing, createdAt }, CALL)).toEqual({
    kind: 'not_found',
  });
  const longAgo = new Date(createdAt.getTime() - 10 * 60_000);
  expect(await gateway.findPayment({ reference, createdAt: longAgo }, CALL)).toEqual({
    kind: 'not_found',
  });
});

test('every refund of a payment is listed, however many', async () => {
  const { gateway } = await connect();
  const gatewayPaymentId = await made(gateway);
  for (let n = 0; n < 120; n += 1) {
    const refund = { gatewayPaymentId, amount: 5n, currency: 'USD', reason: null } as const;
    await gateway.createRefund({ ...refund, paymentId: 'pay_1', refundId: `ref_${n}` }, keyed());
  }
  const listed = await gateway.listRefunds(gatewayPaymentId, CALL);
  if (listed.kind !== 'found') throw new Error(listed.kind);
  expect(new Set(listed.report.map(({ refundId }) => refundId)).size).toBe(120);
});

test('every webhook of a payment is genuine and says what the gateway says when asked', async () => {
  const deliveries: WebhookDelivery[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers } = request;
      deliveries.push({ headers, rawBody: Buffer.concat(chunks), receivedAt: new Date() });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  cleanups.push(() => receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const { sandbox, gateway } = await connect(`http://127.0.0.1:${port}/webhook`);

  const gatewayPaymentId = await made(gateway, { captureMethod: 'manual' });
  const id = { gatewayPaymentId };
  await gateway.capturePayment({ ...id, amount: 700n, currency: 'USD' }, keyed());
  const ours = { amount: 200n, currency: 'USD', paymentId: 'pay_1', refundId: 'ref_1' };
  await gateway.createRefund({ ...id, ...ours, reason: null }, keyed());
  await made(gateway, { paymentMethod: 'pm_card_chargeDeclined' });
  await sandbox.webhooks.idle();

  const events = deliveries.map((delivery) => {
    const verdict = gateway.verifyWebhook(delivery);
    const event = gateway.translateWebhook(delivery.rawBody);
    expect(verdict).toEqual({ kind: 'verified', eventId: event.id, eventType: event.type });
    return event;
  });
  const kinds = new Map(events.map(({ type, subject }) => [type, subject.kind]));
  expect(Object.fromEntries(kinds)).toMatchObject({
    'payment_intent.created': 'payment',
    'payment_intent.amount_capturable_updated': 'payment',
    'payment_intent.succeeded': 'payment',
    'payment_intent.payment_failed': 'payment',
    'charge.succeeded': 'change',
    'charge.captured': 'change',
    'charge.refunded': 'change',
    'charge.failed': 'change',
    'refund.created': 'refund',
  });

  const found = await gateway.retrievePayment(gatewayPaymentId, CALL);
  if (found.kind !== 'found') throw new Error(found.kind);
  const succeeded = events.find(({ type }) => type === 'payment_intent.succeeded');
  expect(succeeded?.subject).toMatchObject({
    kind: 'payment',
    // A webhook names the charge only, so what is known of it comes with asking.
    report: { ...found.report, captureBefore: null, paymentMethod: null, fee: null },
  });
  expect(events.find(({ type }) => type === 'charge.refunded')?.subject).toEqual({
    kind: 'change',
    gatewayPaymentId,
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    amounts: { captured: 700n, refunded: 200n },
    hasFee: true,
  });
});
