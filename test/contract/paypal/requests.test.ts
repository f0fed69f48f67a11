import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPayPalGateway } from '../../../src/gateways/paypal/client.ts';
import { createTransport } from '../../../src/gateways/transport.ts';
import { startPayPalSandbox } from '../../../src/sandbox/paypal/start.ts';
import type { AskingMethod } from '../support/adapter-calls.ts';
import {
  loadOpenApi,
  type Addition,
  type Operation,
  type WireRequest,
} from '../support/openapi.ts';
import { describePublished, publishedSpec } from '../support/published-specs.ts';
import { recordTransport, type Recording } from '../support/recording-transport.ts';
import { live, lives } from './adapter-life.ts';

/** What each method of the port asks PayPal for. A new method is missing here until it is told. */
const OPERATIONS: Record<AskingMethod, string[]> = {
  createPayment: ['POST /v2/checkout/orders'],
  confirmPayment: [
    'GET /v2/checkout/orders/{id}',
    'POST /v2/checkout/orders/{id}/confirm-payment-source',
  ],
  completePayment: [
    'GET /v2/checkout/orders/{id}',
    'POST /v2/checkout/orders/{id}/authorize',
    'POST /v2/checkout/orders/{id}/capture',
  ],
  capturePayment: [
    'GET /v2/checkout/orders/{id}',
    'POST /v2/payments/authorizations/{authorization_id}/capture',
  ],
  cancelPayment: [
    'GET /v2/checkout/orders/{id}',
    'POST /v2/payments/authorizations/{authorization_id}/void',
  ],
  createRefund: ['GET /v2/checkout/orders/{id}', 'POST /v2/payments/captures/{capture_id}/refund'],
  retrievePayment: ['GET /v2/checkout/orders/{id}'],
  findPayment: [],
  listRefunds: ['GET /v2/checkout/orders/{id}'],
  retrieveDispute: ['GET /v1/customer/disputes/{id}'],
  listSettlementRecords: ['GET /v1/reporting/transactions'],
  checkCredentials: [],
  createCustomer: [],
  deleteCustomer: [],
  saveMethod: ['POST /v3/vault/payment-tokens', 'POST /v3/vault/setup-tokens'],
  detachMethod: ['DELETE /v3/vault/payment-tokens/{id}'],
};

/** Every property that the adapter can send, so that none is left unchecked by bad luck. */
const PROPERTIES = [
  'amount',
  'amount.currency_code',
  'amount.value',
  'custom_id',
  'customer',
  'customer.id',
  'final_capture',
  'intent',
  'payment_source',
  'payment_source.paypal',
  'payment_source.paypal.attributes',
  'payment_source.paypal.attributes.customer',
  'payment_source.paypal.attributes.customer.id',
  'payment_source.paypal.attributes.vault',
  'payment_source.paypal.attributes.vault.store_in_vault',
  'payment_source.paypal.attributes.vault.usage_type',
  'payment_source.paypal.experience_context',
  'payment_source.paypal.experience_context.cancel_url',
  'payment_source.paypal.experience_context.return_url',
  'payment_source.paypal.experience_context.shipping_preference',
  'payment_source.paypal.experience_context.user_action',
  'payment_source.paypal.usage_type',
  'payment_source.paypal.vault_id',
  'payment_source.token',
  'payment_source.token.id',
  'payment_source.token.type',
  'purchase_units',
  'purchase_units.0',
  'purchase_units.0.amount',
  'purchase_units.0.amount.currency_code',
  'purchase_units.0.amount.value',
  'purchase_units.0.custom_id',
  'purchase_units.0.description',
  'purchase_units.0.soft_descriptor',
];

/** What is sent although the published files (February 2024) do not say so. Nothing else may be. */
const NEWER: readonly Addition[] = [
  {
    at: ['components', 'schemas', 'token_id_request', 'properties', 'type', 'enum', '1'],
    value: 'SETUP_TOKEN',
    reason:
      'The only way to exchange an approved setup token: ' +
      'https://developer.paypal.com/docs/api/payment-tokens/v3/#payment-tokens_create',
  },
];

/** The one call that no published file has: RFC 6749, section 4.4. */
const TOKEN_PATH = '/v1/oauth2/token';

const LIVES = 60;
const CREDENTIALS = { clientId: 'client_contract', clientSecret: 'secret_contract' };

describePublished("the PayPal adapter and PayPal's published files", () => {
  const recordings: Recording[] = [];
  const asked = new Map<AskingMethod, Set<string>>();
  const closing: (() => Promise<void>)[] = [];
  let find: (request: WireRequest) => Operation | null = () => null;

  const operationOf = (request: WireRequest): string => find(request)?.name ?? request.path;
  const calls = (): Recording[] => recordings.filter(({ request }) => request.path !== TOKEN_PATH);

  beforeAll(async () => {
    const files = [
      loadOpenApi(publishedSpec('paypal-orders-v2.json')),
      loadOpenApi(publishedSpec('paypal-payments-v2.json')),
      loadOpenApi(publishedSpec('paypal-vault-v3.json'), NEWER),
      loadOpenApi(publishedSpec('paypal-disputes-v1.json')),
      loadOpenApi(publishedSpec('paypal-transactions-v1.json')),
    ];
    find = ({ method, path }) =>
      files.map((each) => each.find(method, path)).find((found) => found !== null) ?? null;
    const sandbox = await startPayPalSandbox({ port: 0, ...CREDENTIALS });
    const transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 20_000 });
    closing.push(
      () => transport.close(),
      () => sandbox.close(),
    );
    const gateway = createPayPalGateway({
      ...CREDENTIALS,
      webhookIds: [],
      apiUrl: sandbox.url,
      certificateHosts: [],
      certificateAuthorities: [],
      transport: recordTransport(transport, recordings),
      signatureToleranceMs: 300_000,
    });
    const around = async <T>(method: AskingMethod, call: () => Promise<T>): Promise<T> => {
      const before = calls().length;
      const result = await call();
      const operations = calls()
        .slice(before)
        .map(({ request }) => operationOf(request));
      asked.set(method, new Set([...(asked.get(method) ?? []), ...operations]));
      return result;
    };
    const world = {
      gateway,
      around,
      decide: async (action: object, result: string): Promise<void> => {
        if (!('url' in action)) throw new Error('Nobody is led anywhere');
        const body = new URLSearchParams({ result });
        await fetch(String(action.url), { method: 'POST', body, redirect: 'manual' });
      },
      openDispute: async (): Promise<string> => {
        const url = `${sandbox.url}/__sandbox/disputes`;
        const opened = await fetch(url, { method: 'POST', body: '{}' });
        const { id } = (await opened.json()) as { id?: string };
        return id ?? 'PP-D-NONE';
      },
    };
    const methods = ['paypal', '8kk8451t'];
    for (const life of fc.sample(lives(gateway, methods), LIVES)) await live(world, life);
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  test('every request is valid under the files, or newer than them and listed', () => {
    const problems = calls().flatMap(({ request }) => {
      const found = find(request)?.readRequest(request).problems ?? ['no such operation'];
      return found.map(
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
    const found = calls().flatMap(({ request }) =>
      request.body ? propertiesOf(JSON.parse(request.body)) : [],
    );
    expect([...new Set(found)].sort()).toEqual(PROPERTIES);
  });

  test('every request that changes something carries its key, and every one a token', () => {
    for (const { request, headers } of calls()) {
      expect(headers['authorization']).toMatch(/^Bearer \S+$/);
      if (request.method !== 'POST') continue;
      expect(headers['paypal-request-id']).toMatch(/^.{1,108}$/);
      expect(headers['prefer']).toBe('return=representation');
    }
  });

  test('no request was refused for its form', () => {
    const refused = calls().filter(
      ({ answer }) => answer.status === 400 || answer.status === 401 || answer.status === 415,
    );
    expect(refused).toEqual([]);
  });

  test('a request with one property too many, or of the wrong type, is refused by the files', () => {
    const orders = calls().filter(({ request }) => request.path === '/v2/checkout/orders');
    const [request] = orders.map((each) => each.request);
    if (!request?.body) throw new Error('No order was recorded');
    const body = JSON.parse(request.body) as object;
    const problemsOf = (change: object): string[] | undefined =>
      find(request)?.readRequest({ ...request, body: JSON.stringify({ ...body, ...change }) })
        .problems;
    expect(problemsOf({})).toEqual([]);
    for (const wrong of [
      { colour: 'red' },
      { intent: 'LATER' },
      { purchase_units: [] },
      { purchase_units: [{ amount: { currency_code: 'USD', value: 1 } }] },
      { payment_source: { paypal: { colour: 'red' } } },
      { payment_source: { paypal: { attributes: { customer: { id: 'x'.repeat(23) } } } } },
    ]) {
      expect(problemsOf(wrong), JSON.stringify(wrong)).not.toEqual([]);
    }
  });
});

/** The properties of a JSON value and of all that it holds, by their way from the top. */
function propertiesOf(json: unknown, at = ''): string[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([name, value]) => [
    at + name,
    ...propertiesOf(value, `${at}${name}.`),
  ]);
}
