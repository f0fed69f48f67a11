import { onTestFinished } from 'vitest';
import { startSquareSandbox } from './start.ts';
import type { SquareSandbox, SquareSandboxOptions } from './start.ts';

export const ACCESS_TOKEN = 'sandbox-token';
export const SIGNATURE_KEY = 'sandbox-signature-key';

type Money = { amount: number; currency: string };

export type PaymentAnswer = {
  id: string;
  status: string;
  created_at: string;
  updated_at: string;
  amount_money: Money;
  total_money: Money;
  approved_money: Money;
  refunded_money?: Money;
  refund_ids?: string[];
  processing_fee?: { amount_money: Money }[];
  card_details: {
    status: string;
    entry_method: string;
    card: { card_brand: string; last_4: string };
    errors?: ErrorAnswer[];
  };
  capabilities?: string[];
  customer_id?: string;
  delay_duration: string;
  delayed_until: string;
  location_id: string;
  note?: string;
  reference_id?: string;
  risk_evaluation: { risk_level: string };
  version_token: string;
};

export type RefundAnswer = { id: string; status: string; amount_money: Money; payment_id: string };

export type CardAnswer = {
  id: string;
  customer_id: string;
  enabled: boolean;
  last_4: string;
  version: number;
};

export type CustomerAnswer = {
  id: string;
  given_name?: string;
  email_address?: string;
  note?: string;
  reference_id?: string;
  version: number;
};

export type DisputeAnswer = {
  id: string;
  state: string;
  reason: string;
  amount_money: Money;
  disputed_payment: { payment_id: string };
  evidence_ids?: string[];
  version: number;
};

export type ErrorAnswer = { category: string; code: string; detail: string; field?: string };

/** The fields of answers that tests look at; which of them are there depends on the call. */
export type Answer = {
  payment: PaymentAnswer;
  payments?: PaymentAnswer[];
  refund: RefundAnswer;
  refunds?: RefundAnswer[];
  card: CardAnswer;
  cards?: CardAnswer[];
  customer: CustomerAnswer;
  customers?: CustomerAnswer[];
  dispute: DisputeAnswer;
  disputes?: DisputeAnswer[];
  evidence: { id: string; evidence_text: string } & { id: string }[];
  locations: { id: string; currency: string; capabilities: string[] }[];
  location: { id: string; currency: string };
  cursor?: string;
  payouts: { id: string }[];
  count?: number;
  errors?: ErrorAnswer[];
};

export type Reply = { status: number; headers: Headers; text: string; body: Answer };

export type Body = Record<string, unknown>;

export type CallOptions = { token?: string; headers?: Record<string, string> };

export type Client = {
  sandbox: SquareSandbox;
  call: (method: string, path: string, body?: unknown, options?: CallOptions) => Promise<Reply>;
  get: (path: string) => Promise<Reply>;
  post: (path: string, body?: Body) => Promise<Reply>;
  put: (path: string, body: Body) => Promise<Reply>;
  /** Calls something under `/__sandbox/` with a JSON body. */
  control: (method: string, path: string, body?: unknown) => Promise<Reply>;
  /** Pays 20.00 USD from a source, with whatever `body` adds and a key of its own. */
  pay: (source: string, body?: Body) => Promise<Reply>;
  /** Creates a customer. */
  customer: (body?: Body) => Promise<CustomerAnswer>;
  /** An idempotency key that was not used yet. */
  newKey: () => string;
  /** The codes of the errors of an answer, with its status. */
  refusal: (reply: Reply) => [number, ...string[]];
};

/** Starts a sandbox that lives as long as the test, and a client that talks to it over HTTP. */
export async function openSandbox(options: Partial<SquareSandboxOptions> = {}): Promise<Client> {
  const sandbox = await startSquareSandbox({ port: 0, accessToken: ACCESS_TOKEN, ...options });
  onTestFinished(() => sandbox.close());
  let keys = 0;
  const newKey = (): string => `key-${(keys += 1)}`;
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<Reply> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const init = body === undefined ? { method, headers } : { method, headers, body: text };
    const response = await fetch(sandbox.url + path, init);
    const answered = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const parsed = (isJson ? JSON.parse(answered) : {}) as Answer;
    return { status: response.status, headers: response.headers, text: answered, body: parsed };
  };
  const call: Client['call'] = (method, path, body, { token = ACCESS_TOKEN, headers } = {}) =>
    send(
      method,
      path,
      { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body,
    );
  const post: Client['post'] = (path, body) => call('POST', path, body);
  return {
    sandbox,
    call,
    post,
    newKey,
    get: (path) => call('GET', path),
    put: (path, body) => call('PUT', path, body),
    control: (method, path, body) => send(method, `/__sandbox/${path}`, {}, body),
    pay: (source, body = {}) =>
      post('/v2/payments', {
        source_id: source,
        idempotency_key: newKey(),
        amount_money: { amount: 2000, currency: 'USD' },
        ...body,
      }),
    async customer(body = { given_name: 'Ada' }) {
      return (await post('/v2/customers', body)).body.customer;
    },
    refusal: ({ status, body }) => [status, ...(body.errors ?? []).map((error) => error.code)],
  };
}
