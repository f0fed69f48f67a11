import { onTestFinished } from 'vitest';
import { startStripeSandbox } from './start.ts';
import type { StripeSandbox, StripeSandboxOptions } from './start.ts';

export const SECRET_KEY = 'sk_test_sandbox';
export const PUBLISHABLE_KEY = 'pk_test_sandbox';

/** The fields of answers that tests look at; which of them are there depends on the object. */
export type Answer = {
  id: string;
  object: string;
  status: string;
  amount: number;
  amount_capturable: number;
  amount_captured: number;
  amount_received: number;
  amount_refunded: number;
  balance_transaction: string & Answer;
  cancellation_reason: string | null;
  capture_method: string;
  captured: boolean;
  charge: string & Answer;
  client_secret: string;
  created: number;
  data: Answer[];
  description: string | null;
  fee: number;
  has_more: boolean;
  last_payment_error: ErrorAnswer | null;
  latest_charge: string & Answer;
  metadata: Record<string, string>;
  net: number;
  next_action: {
    type: string;
    redirect_to_url?: { url: string; return_url: string };
    use_stripe_sdk?: { type: string; stripe_js: string };
  } | null;
  outcome: { type: string; network_status: string };
  payment_intent: string & Answer;
  payment_method: string & Answer;
  payment_method_details: {
    card: {
      brand: string;
      last4: string;
      capture_before?: number;
      checks: { cvc_check: string | null };
      three_d_secure: { result: string } | null;
    };
  };
  card: { brand: string; last4: string };
  pending_webhooks: number;
  reason: string | null;
  refunded: boolean;
  refunds: { data: Answer[] };
  request: { id: string | null; idempotency_key: string | null };
  type: string;
  error: ErrorAnswer;
};

export type ErrorAnswer = {
  type: string;
  code?: string;
  decline_code?: string;
  message: string;
  param?: string;
  charge?: string;
  payment_intent: Answer;
};

export type Reply = { status: number; headers: Headers; text: string; body: Answer };

export type Form = Record<string, string>;

export type CallOptions = { key?: string; idempotencyKey?: string; headers?: Form };

export type Client = {
  sandbox: StripeSandbox;
  get: (path: string, query?: Form) => Promise<Reply>;
  post: (path: string, form?: Form, options?: CallOptions) => Promise<Reply>;
  /** Calls something under `/__sandbox/` with a JSON body. */
  control: (method: string, path: string, body?: unknown) => Promise<Reply>;
  /** Creates and confirms 20.00 USD with a test token, with whatever `form` adds. */
  pay: (token: string, form?: Form, options?: CallOptions) => Promise<Reply>;
};

export const NO_REDIRECTS: Form = {
  'automatic_payment_methods[enabled]': 'true',
  'automatic_payment_methods[allow_redirects]': 'never',
};

/** Starts a sandbox that lives as long as the test, and a client that talks to it over HTTP. */
export async function openSandbox(options: Partial<StripeSandboxOptions> = {}): Promise<Client> {
  const sandbox = await startStripeSandbox({
    port: 0,
    secretKey: SECRET_KEY,
    publishableKey: PUBLISHABLE_KEY,
    ...options,
  });
  onTestFinished(() => sandbox.close());
  const send = async (
    method: string,
    path: string,
    headers: Form,
    body?: string,
  ): Promise<Reply> => {
    const init = body === undefined ? { method, headers } : { method, headers, body };
    const response = await fetch(sandbox.url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const parsed = (isJson ? JSON.parse(text) : {}) as Answer;
    return { status: response.status, headers: response.headers, text, body: parsed };
  };
  const post: Client['post'] = (path, form = {}, { key = SECRET_KEY, ...more } = {}) => {
    const headers: Form = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...more.headers,
    };
    if (more.idempotencyKey !== undefined) headers['idempotency-key'] = more.idempotencyKey;
    return send('POST', path, headers, new URLSearchParams(form).toString());
  };
  return {
    sandbox,
    post,
    get(path, query = {}) {
      const search = new URLSearchParams(query).toString();
      return send('GET', search === '' ? path : `${path}?${search}`, {
        authorization: `Bearer ${SECRET_KEY}`,
      });
    },
    control: (method, path, body) =>
      send(method, `/__sandbox/${path}`, {}, body === undefined ? undefined : JSON.stringify(body)),
    pay: (token, form = {}, more = {}) =>
      post(
        '/v1/payment_intents',
        {
          amount: '2000',
          currency: 'usd',
          confirm: 'true',
          payment_method: token,
          ...NO_REDIRECTS,
          ...form,
        },
        more,
      ),
  };
}
