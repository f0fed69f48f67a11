import fc from 'fast-check';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStripeGateway } from '../../../src/gateways/stripe/client.ts';
import { createTransport } from '../../../src/gateways/transport.ts';
import { startStripeSandbox } from '../../../src/sandbox/stripe/start.ts';
import { live, paymentLives, type AskingMethod } from '../support/adapter-calls.ts';
import { loadOpenApi, type OpenApi, type WireRequest } from '../support/openapi.ts';
import { describePublished, publishedSpec } from '../support/published-specs.ts';
import { recordTransport, type Recording } from '../support/recording-transport.ts';
import { NEWER_FIELDS, NEWER_PARAMETERS } from './newer-than-the-file.ts';
import { checkAgainstSdk, type TypedRequest } from './sdk-types.ts';

/** What each method of the port asks Stripe for. A new method is missing here until it is told. */
const OPERATIONS: Record<AskingMethod, string[]> = {
  createPayment: ['POST /v1/payment_intents'],
  confirmPayment: ['POST /v1/payment_intents/{intent}/confirm'],
  capturePayment: ['POST /v1/payment_intents/{intent}/capture'],
  cancelPayment: ['POST /v1/payment_intents/{intent}/cancel'],
  createRefund: ['POST /v1/refunds'],
  retrievePayment: ['GET /v1/payment_intents/{intent}'],
  findPayment: ['GET /v1/payment_intents', 'GET /v1/payment_intents/{intent}'],
  listRefunds: ['GET /v1/refunds'],
  completePayment: [],
  retrieveDispute: ['GET /v1/disputes/{dispute}'],
  listSettlementRecords: ['GET /v1/balance_transactions'],
  checkCredentials: ['GET /v1/payment_intents'],
  createCustomer: ['POST /v1/customers'],
  deleteCustomer: ['DELETE /v1/customers/{customer}'],
  saveMethod: ['POST /v1/setup_intents'],
  detachMethod: ['POST /v1/payment_methods/{payment_method}/detach'],
};

/** Every parameter that the adapter can send, so that none is left unchecked by bad luck. */
const PARAMETERS: Record<string, string> = {
  'POST /v1/payment_intents':
    'amount automatic_payment_methods capture_method confirm currency customer description expand metadata ' +
    'off_session payment_method return_url setup_future_usage statement_descriptor_suffix',
  'POST /v1/payment_intents/{intent}/confirm':
    'expand off_session payment_method return_url setup_future_usage',
  'POST /v1/payment_intents/{intent}/capture': 'amount_to_capture expand',
  'POST /v1/payment_intents/{intent}/cancel': 'cancellation_reason expand',
  'POST /v1/refunds': 'amount metadata payment_intent reason',
  'GET /v1/payment_intents/{intent}': 'expand',
  'GET /v1/payment_intents': 'created limit starting_after',
  'GET /v1/refunds': 'limit payment_intent',
  'GET /v1/balance_transactions': 'created expand limit payout starting_after',
  'GET /v1/disputes/{dispute}': '',
  'POST /v1/customers': 'email metadata name',
  'DELETE /v1/customers/{customer}': '',
  'POST /v1/setup_intents':
    'automatic_payment_methods confirm customer expand metadata payment_method return_url usage',
  'POST /v1/payment_methods/{payment_method}/detach': '',
};

/** The file has no payouts, and yet balance transactions are about them. */
const EXPANDED_PAYOUT = {
  at: ['components', 'schemas', 'balance_transaction', 'properties', 'source', 'anyOf', '4'],
  value: {
    type: 'object',
    required: ['id', 'object'],
    properties: { id: { type: 'string' }, object: { type: 'string', enum: ['payout'] } },
    additionalProperties: true,
  },
  reason: 'The file names three kinds of source; the reference has payouts among them.',
};

const LIVES = 40;
/** More than fit on one page, so that the search has to turn one. */
const OTHER_PAYMENTS = 101;
const PAYMENT_METHODS = [
  'pm_card_visa',
  'pm_card_chargeDeclined',
  'pm_card_threeDSecure2Required',
  'pm_none',
];
const SECRET_KEY = 'sk_test_contract';

describePublished("the Stripe adapter and Stripe's published file", () => {
  let stripe: OpenApi;
  const recordings: Recording[] = [];
  const asked = new Map<AskingMethod, Set<string>>();
  const closing: (() => Promise<void>)[] = [];

  const operationOf = ({ method, path }: WireRequest): string =>
    stripe.find(method, path)?.name ?? path;

  const typed = (): TypedRequest[] =>
    recordings.map(({ request }) => ({
      operation: operationOf(request),
      parameters: stripe.find(request.method, request.path)?.readRequest(request).parameters ?? {},
    }));

  beforeAll(async () => {
    stripe = loadOpenApi(publishedSpec('stripe.json'), [
      ...NEWER_FIELDS,
      ...NEWER_PARAMETERS,
      EXPANDED_PAYOUT,
    ]);
    const sandbox = await startStripeSandbox({
      port: 0,
      secretKey: SECRET_KEY,
      publishableKey: 'pk_test',
    });
    const transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 20_000 });
    closing.push(
      () => transport.close(),
      () => sandbox.close(),
    );
    const gateway = createStripeGateway({
      secretKey: SECRET_KEY,
      publishableKey: null,
      webhookSecrets: [],
      apiUrl: sandbox.url,
      transport: recordTransport(transport, recordings),
      signatureToleranceMs: 300_000,
    });
    const around = async <T>(method: AskingMethod, call: () => Promise<T>): Promise<T> => {
      const before = recordings.length;
      const result = await call();
      const operations = recordings.slice(before).map(({ request }) => operationOf(request));
      asked.set(method, new Set([...(asked.get(method) ?? []), ...operations]));
      return result;
    };
    const lives = fc.sample(paymentLives(gateway, PAYMENT_METHODS), LIVES);
    for (const life of lives) await live(gateway, life, around);

    // Nothing of it is drawn, as some of what is drawn is refused.
    const create = {
      amount: 5_000n,
      currency: 'EUR' as const,
      description: null,
      statementDescriptor: null,
      orderId: null,
      reference: { paymentId: 'pay_other', attemptId: 'att_other' },
      paymentMethod: null,
      offSession: false,
      returnUrl: null,
      gatewayCustomerId: null,
      savePaymentMethod: false,
    };
    for (let n = 0; n < OTHER_PAYMENTS; n += 1) {
      const call = { requestId: 'req', idempotencyKey: `other_${n}` };
      await gateway.createPayment({ ...create, captureMethod: 'manual' }, call);
    }
    // Enough movements that their list has a second page, and so much money that there is a payout of them, whatever the
    // fees of what was given back above.
    for (let n = 0; n < OTHER_PAYMENTS; n += 1) {
      const call = { requestId: 'req', idempotencyKey: `paid_${n}` };
      const paid = {
        ...create,
        amount: 50_000_000n,
        paymentMethod: 'pm_card_visa',
        captureMethod: 'automatic' as const,
      };
      const outcome = await gateway.createPayment(paid, call);
      expect(outcome).toMatchObject({ kind: 'succeeded' });
    }
    const made = await fetch(`${sandbox.url}/__sandbox/payouts`, { method: 'POST' });
    const { payouts } = (await made.json()) as { payouts: object[] };
    expect(payouts).not.toEqual([]);
    const around1 = {
      from: new Date(Date.now() - 3_600_000),
      to: new Date(Date.now() + 3_600_000),
    };
    let cursor: string | null = null;
    do {
      const found = await gateway.listSettlementRecords(
        { ...around1, cursor },
        { requestId: 'req' },
      );
      if (found.kind !== 'found') throw new Error(JSON.stringify(found));
      cursor = found.report.next;
    } while (cursor !== null);
    const reference = { paymentId: 'pay_none', attemptId: null };
    await around('findPayment', () =>
      gateway.findPayment({ reference, createdAt: new Date() }, { requestId: 'req' }),
    );
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  test('every request is valid under the file, or newer than it and listed', () => {
    const problems = recordings.flatMap(({ request }) => {
      const operation = stripe.find(request.method, request.path);
      const found = operation?.readRequest(request).problems ?? ['no such operation'];
      return found.map(
        (problem) => `${request.method} ${request.path} ${request.body}: ${problem}`,
      );
    });
    expect(problems).toEqual([]);
  });

  test('every request is valid under the types of the SDK, and a wrong one is refused by them', async () => {
    const versions = new Set(recordings.map(({ headers }) => headers['stripe-version']));
    expect([...versions]).toEqual([Stripe.API_VERSION]);
    const requests = typed();
    const [valid] = requests;
    const wrong = [
      { colour: 'red' },
      { metadata: { a: { b: 'c' } } },
      { capture_method: 'later' },
    ].map((change) => ({
      operation: 'POST /v1/payment_intents',
      parameters: { ...valid?.parameters, ...change },
    }));
    const newer = NEWER_PARAMETERS.map(({ operation, example }) => ({
      operation,
      parameters: example,
    }));
    const problems = await checkAgainstSdk([...requests, ...newer, ...wrong]);
    expect(problems.splice(-wrong.length).filter((found) => found.length === 0)).toEqual([]);
    expect(problems.flat()).toEqual([]);
  });

  test('every method of the port asks for its operations and for no others', () => {
    const found = [...asked].map(([method, operations]) => [method, [...operations].sort()]);
    expect(Object.fromEntries(found)).toEqual(OPERATIONS);
  });

  test('every parameter that the adapter can send was sent', () => {
    const found: Record<string, Set<string>> = {};
    for (const { operation, parameters } of typed()) {
      const names = (found[operation] ??= new Set());
      for (const name of Object.keys(parameters)) names.add(name);
    }
    const sorted = Object.entries(found).map(([name, names]) => [
      name,
      [...names].sort().join(' '),
    ]);
    expect(Object.fromEntries(sorted)).toEqual(PARAMETERS);
  });

  test('every answer to the adapter is one that the file allows', () => {
    const problems = recordings.flatMap(({ request, answer }) =>
      (stripe.find(request.method, request.path)?.checkAnswer(answer) ?? []).map(
        (problem) => `${request.method} ${request.path}, ${answer.status}: ${problem}`,
      ),
    );
    expect(problems).toEqual([]);
  });

  test('the sandbox knows every parameter that the adapter sends', () => {
    const unknown = recordings.filter(({ answer }) => answer.body.includes('"parameter_unknown"'));
    expect(unknown).toEqual([]);
  });

  test('a request with one parameter too many, or of the wrong type, is refused by the file', () => {
    const [created] = recordings;
    if (created === undefined) throw new Error('Nothing was recorded');
    const { request } = created;
    const problemsOf = (body: string | null): string[] | undefined =>
      stripe.find('POST', request.path)?.readRequest({ ...request, body }).problems;
    expect(problemsOf(request.body)).toEqual([]);
    for (const wrong of [
      'colour=red',
      'automatic_payment_methods[colour]=red',
      'capture_method=later',
    ]) {
      expect(problemsOf(`${request.body}&${wrong}`), wrong).not.toEqual([]);
    }
  });
});
