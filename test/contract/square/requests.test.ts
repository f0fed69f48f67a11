import { readSettlement } from '../support/adapter-calls.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CreatePayment, Gateway, MoneyCall } from '../../../src/gateways/gateway.ts';
import { createSquareGateway } from '../../../src/gateways/square/client.ts';
import { createTransport } from '../../../src/gateways/transport.ts';
import { SQUARE_SANDBOX_KEYS as KEYS } from '../../../src/sandbox/credentials.ts';
import { startSquareSandbox } from '../../../src/sandbox/square/start.ts';
import type { AskingMethod } from '../support/adapter-calls.ts';
import type { OpenApi, WireRequest } from '../support/openapi.ts';
import { describePublished } from '../support/published-specs.ts';
import { recordTransport, type Recording } from '../support/recording-transport.ts';
import { NEWER_FIELDS } from './newer-than-the-file.ts';
import { loadSquare } from './published-file.ts';

/** What each method of the port asks Square for. A new method is missing here until it is told. */
const OPERATIONS: Record<AskingMethod, string[]> = {
  createPayment: ['POST /v2/cards', 'POST /v2/payments'],
  confirmPayment: [],
  completePayment: [],
  capturePayment: [
    'GET /v2/payments/{payment_id}',
    'POST /v2/payments/{payment_id}/complete',
    'PUT /v2/payments/{payment_id}',
  ],
  cancelPayment: ['GET /v2/payments/{payment_id}', 'POST /v2/payments/{payment_id}/cancel'],
  createRefund: ['POST /v2/refunds'],
  retrievePayment: ['GET /v2/payments/{payment_id}'],
  findPayment: ['GET /v2/payments', 'GET /v2/payments/{payment_id}'],
  listRefunds: ['GET /v2/payments/{payment_id}', 'GET /v2/refunds/{refund_id}'],
  retrieveDispute: ['GET /v2/disputes/{dispute_id}'],
  listSettlementRecords: ['GET /v2/payments', 'GET /v2/payouts', 'GET /v2/refunds'],
  checkCredentials: ['GET /v2/locations/{location_id}'],
  createCustomer: ['POST /v2/customers'],
  deleteCustomer: ['DELETE /v2/customers/{customer_id}'],
  saveMethod: ['POST /v2/cards'],
  detachMethod: ['POST /v2/cards/{card_id}/disable'],
};

/** Every property that the adapter can send, so that none is left unchecked by bad luck. */
const PROPERTIES = [
  'amount_money',
  'amount_money.amount',
  'amount_money.currency',
  'autocomplete',
  'card',
  'card.customer_id',
  'card.reference_id',
  'company_name',
  'customer_details',
  'customer_details.customer_initiated',
  'customer_id',
  'email_address',
  'given_name',
  'idempotency_key',
  'location_id',
  'note',
  'payment',
  'payment.amount_money',
  'payment.amount_money.amount',
  'payment.amount_money.currency',
  'payment.version_token',
  'payment_id',
  'reason',
  'reference_id',
  'source_id',
  'statement_description_identifier',
  'verification_token',
  'version_token',
];

const LIVES = 40;
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const id = (prefix: string) => fc.stringMatching(/^[0-9a-z]{26}$/).map((rest) => prefix + rest);
/** Up to the length that the HTTP API takes, of any characters. */
const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: 'grapheme' });

/** Any payment; amounts from 8801 to 8809 open disputes in Square's sandbox. */
const anyPayment: fc.Arbitrary<Omit<CreatePayment, 'gatewayCustomerId'>> = fc.record({
  amount: fc.bigInt({ min: 10_000n, max: 99_999n }),
  currency: fc.constant('USD'),
  captureMethod: fc.constantFrom('automatic' as const, 'manual' as const),
  paymentMethod: fc.constantFrom(
    'cnon:card-nonce-ok',
    'cnon:card-nonce-ok|verf:1',
    'cnon:card-nonce-declined',
  ),
  offSession: fc.boolean(),
  returnUrl: orNull(fc.webUrl()),
  savePaymentMethod: fc.boolean(),
  description: orNull(text(1_000)),
  statementDescriptor: orNull(fc.stringMatching(/^[A-Za-z0-9 &.-]{1,22}$/)),
  orderId: orNull(text(255)),
  reference: fc.record({ paymentId: id('pay_'), attemptId: id('att_') }),
});

describePublished("the Square adapter and Square's published file", () => {
  let square: OpenApi;
  const recordings: Recording[] = [];
  const asked = new Map<AskingMethod, Set<string>>();
  const closing: (() => Promise<void>)[] = [];
  const operationOf = ({ method, path }: WireRequest): string =>
    square.find(method, path)?.name ?? path;

  beforeAll(async () => {
    square = loadSquare(NEWER_FIELDS);
    const sandbox = await startSquareSandbox({ port: 0, ...KEYS });
    const transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 20_000 });
    closing.push(
      () => transport.close(),
      () => sandbox.close(),
    );
    const gateway = createSquareGateway({
      ...KEYS,
      currency: 'USD',
      webhookSignatureKeys: [KEYS.signatureKey],
      webhookUrl: 'https://pay.example/hook',
      apiUrl: sandbox.url,
      transport: recordTransport(transport, recordings),
    });
    const around = async <T>(method: AskingMethod, call: () => Promise<T>): Promise<T> => {
      const before = recordings.length;
      const result = await call();
      const operations = recordings.slice(before).map(({ request }) => operationOf(request));
      asked.set(method, new Set([...(asked.get(method) ?? []), ...operations]));
      return result;
    };
    for (const payment of fc.sample(anyPayment, LIVES)) await live(gateway, payment, around);
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  test('every request is valid under the file, and has no property that it does not know', () => {
    const problems = recordings.flatMap(({ request }) => {
      const found = square.find(request.method, request.path)?.readRequest(request).problems;
      return (found ?? ['no such operation']).map(
        (problem) => `${request.method} ${request.path} ${request.body}: ${problem}`,
      );
    });
    expect(problems).toEqual([]);
  });

  test('every method of the port asks for its operations and for no others', () => {
    const found = [...asked].map(([method, operations]) => [method, [...operations].sort()]);
    expect(Object.fromEntries(found)).toEqual(OPERATIONS);
  });

  test('every property that the adapter can send was sent', () => {
    const found = recordings.flatMap(({ request }) =>
      request.body ? propertiesOf(JSON.parse(request.body)) : [],
    );
    expect([...new Set(found)].sort()).toEqual(PROPERTIES);
  });

  test('every answer to the adapter is one that the file allows', () => {
    const problems = recordings.flatMap(({ request, answer }) =>
      // The file describes one shape for each call, whether it succeeds or not.
      (
        square.find(request.method, request.path)?.checkAnswer({ ...answer, status: 200 }) ?? []
      ).map((problem) => `${request.method} ${request.path}, ${answer.status}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  test('no request was refused for its form', () => {
    const ofForm =
      /"code":"(UNKNOWN_|MISSING_|EXPECTED_|VALUE_|INVALID_(VALUE|TIME|ENUM)|SANDBOX_)/;
    expect(recordings.filter(({ answer }) => ofForm.test(answer.body))).toEqual([]);
  });

  test('a request with one property too many, or of the wrong type, is refused by the file', () => {
    const created = recordings.find(({ request }) => operationOf(request) === 'POST /v2/payments');
    if (!created?.request.body) throw new Error('No payment was recorded');
    const { request } = created;
    const body = JSON.parse(created.request.body) as object;
    const problemsOf = (change: object): string[] | undefined =>
      square
        .find('POST', request.path)
        ?.readRequest({ ...request, body: JSON.stringify({ ...body, ...change }) }).problems;
    expect(problemsOf({})).toEqual([]);
    for (const wrong of [
      { colour: 'red' },
      { autocomplete: 'later' },
      { amount_money: { amount: '1', currency: 'USD' } },
      { amount_money: { amount: 1, currency: 'USD', colour: 'red' } },
      { idempotency_key: 'x'.repeat(46) },
      { reference_id: 'x'.repeat(41) },
      { note: 'x'.repeat(501) },
    ]) {
      expect(problemsOf(wrong), JSON.stringify(wrong)).not.toEqual([]);
    }
  });

  test('no key is longer than 45 characters', () => {
    for (const { request } of recordings) {
      const { idempotency_key: key } = JSON.parse(request.body ?? '{}') as Record<string, string>;
      if (key !== undefined) expect(key.length).toBeLessThanOrEqual(45);
    }
  });
});

type Around = <T>(method: AskingMethod, call: () => Promise<T>) => Promise<T>;

/**
 * Calls every method that asks the gateway, whatever state the payment is in: that a request is refused for its state
 * does not make it less valid.
 */
async function live(
  gateway: Gateway,
  payment: Omit<CreatePayment, 'gatewayCustomerId'>,
  around: Around,
): Promise<void> {
  const { paymentId } = payment.reference;
  const customerId = paymentId.replace('pay_', 'cus_');
  let calls = 0;
  const call = (): MoneyCall => {
    calls += 1;
    const idempotencyKey = `${paymentId}${calls}`.padEnd(43, '_');
    return { requestId: `req_${calls}`, idempotencyKey };
  };
  const email = payment.offSession ? 'ada@example.com' : null;
  const name = payment.savePaymentMethod ? 'Ada' : null;
  const made = await around('createCustomer', () =>
    gateway.createCustomer({ customerId, email, name }, call()),
  );
  const gatewayCustomerId = made.kind === 'succeeded' ? made.report.gatewayCustomerId : 'NONE';
  const create = { ...payment, gatewayCustomerId };
  const createdAt = new Date();
  const created = await around('createPayment', () => gateway.createPayment(create, call()));
  const gatewayPaymentId = ('report' in created && created.report?.gatewayPaymentId) || 'NONE';
  const about = { ...create, gatewayPaymentId };
  await around('confirmPayment', () => gateway.confirmPayment(about, call()));
  await around('completePayment', () => gateway.completePayment(about, call()));
  const part = { gatewayPaymentId, currency: create.currency, amount: create.amount - 1n };
  await around('capturePayment', () => gateway.capturePayment(part, call()));
  const refund = { ...part, amount: 100n, paymentId, refundId: 'ref_01jd0000000000000000000000' };
  await around('createRefund', () => gateway.createRefund({ ...refund, reason: null }, call()));
  await around('cancelPayment', () =>
    gateway.cancelPayment({ gatewayPaymentId, reason: null }, call()),
  );
  await around('retrievePayment', () => gateway.retrievePayment(gatewayPaymentId, call()));
  const search = { reference: create.reference, createdAt };
  await around('findPayment', () => gateway.findPayment(search, call()));
  await around('listRefunds', () => gateway.listRefunds(gatewayPaymentId, call()));
  await around('retrieveDispute', () => gateway.retrieveDispute('NONE', call()));
  await around('listSettlementRecords', () => readSettlement(gateway, new Date(), call()));
  await around('checkCredentials', () => gateway.checkCredentials(call()));
  const kept = { customerId, gatewayCustomerId, paymentMethod: 'cnon:card-nonce-ok|verf:1' };
  const saved = await around('saveMethod', () =>
    gateway.saveMethod({ ...kept, returnUrl: null }, call()),
  );
  const gatewayMethodId = saved.kind === 'succeeded' ? saved.report.gatewayMethodId : 'NONE';
  await around('detachMethod', () =>
    gateway.detachMethod({ gatewayCustomerId, gatewayMethodId }, call()),
  );
  await around('deleteCustomer', () => gateway.deleteCustomer(gatewayCustomerId, call()));
}

/** The properties of a JSON value and of all that it holds, by their way from the top. */
function propertiesOf(json: unknown, at = ''): string[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([name, value]) => [
    at + name,
    ...propertiesOf(value, `${at}${name}.`),
  ]);
}
