import { onTestFinished } from 'vitest';
import { openReceiver } from '../test-receiver.ts';
import { startPayPalSandbox } from './start.ts';
import type { PayPalSandbox, PayPalSandboxOptions } from './start.ts';

export const CLIENT_ID = 'client_id_sandbox';
export const CLIENT_SECRET = 'client_secret_sandbox';
export const WEBHOOK_ID = 'WEBHOOKID0SANDBOX';

type Money = { currency_code: string; value: string };
type Link = { href: string; rel: string; method: string };

/** The fields of answers that tests look at; which of them are there depends on the resource. */
export type Answer = {
  id: string;
  intent: string;
  status: string;
  status_details: { reason: string };
  amount: Money;
  custom_id: string;
  invoice_id: string;
  links: Link[];
  purchase_units: {
    reference_id: string;
    amount: Money;
    custom_id: string;
    description: string;
    invoice_id: string;
    payments: { authorizations: Answer[]; captures: Answer[]; refunds: Answer[] };
  }[];
  payer: { payer_id: string };
  payment_source: {
    paypal: {
      email_address: string;
      attributes: { vault: { id: string; status: string; customer: { id: string } } };
    };
  };
  customer: { id: string };
  payment_tokens: Answer[];
  total_items: number;
  total_pages: number;
  expiration_time: string;
  final_capture: boolean;
  seller_receivable_breakdown: { gross_amount: Money; paypal_fee: Money; net_amount: Money };
  seller_payable_breakdown: { total_refunded_amount: Money };
  supplementary_data: { related_ids: Record<string, string> };
  dispute_id: string;
  dispute_amount: Money;
  dispute_state: string;
  dispute_outcome: { outcome_code: string; amount_refunded: Money };
  disputed_transactions: { seller_transaction_id: string; custom: string }[];
  items: Answer[];
  reason: string;
  access_token: string;
  token_type: string;
  expires_in: number;
  verification_status: string;
  name: string;
  message: string;
  debug_id: string;
  details: { issue: string; field?: string; value?: string; description: string }[];
  error: string;
};

/** An event as a webhook carries it. */
export type Event = {
  id: string;
  event_type: string;
  event_version: string;
  resource_type: string;
  resource_version: string;
  resource: Answer & Record<string, unknown>;
};

export type Reply = { status: number; headers: Headers; text: string; body: Answer };

export type Headed = Record<string, string>;

/** Given as the headers of a call, this leaves the request id away. */
export const NO_KEY: Headed = {};

export type Client = {
  sandbox: PayPalSandbox;
  /** Calls the API with a token; the body is sent as JSON, with a request id that is new. */
  call: (method: string, path: string, body?: unknown, headers?: Headed) => Promise<Reply>;
  get: (path: string) => Promise<Reply>;
  post: (path: string, body?: unknown, headers?: Headed) => Promise<Reply>;
  /** Calls something under `/__sandbox/` with a JSON body. */
  control: (method: string, path: string, body?: unknown) => Promise<Reply>;
  /** Forgets the token, so that the next call gets one that holds now. */
  renewToken: () => void;
  /** Sends any request as it is. */
  send: (method: string, path: string, headers: Headed, body?: string) => Promise<Reply>;
  /** Makes an order of 20.00 USD that waits for the buyer, with whatever `more` adds. */
  order: (more?: object, unit?: object) => Promise<Answer>;
  /** Decides on the hosted page as the buyer does, and gives where he is led. */
  decide: (answer: Answer, result: string) => Promise<Reply>;
  /** Makes an order, lets the buyer approve it, and captures or authorizes it. */
  pay: (more?: object, unit?: object) => Promise<Answer>;
};

export const EXPERIENCE = {
  return_url: 'https://shop.example.com/return?cart=1',
  cancel_url: 'https://shop.example.com/cancel',
};

/** A wallet that is to be kept for later. */
export const VAULTING = {
  payment_source: {
    paypal: {
      attributes: { vault: { store_in_vault: 'ON_SUCCESS', usage_type: 'MERCHANT' } },
      experience_context: EXPERIENCE,
    },
  },
};

/** Starts a sandbox that lives as long as the test, and a client that talks to it over HTTP. */
export async function openSandbox(options: Partial<PayPalSandboxOptions> = {}): Promise<Client> {
  const sandbox = await startPayPalSandbox({
    port: 0,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    ...options,
  });
  onTestFinished(() => sandbox.close());
  return connect(sandbox);
}

/** A sandbox together with the place where its webhooks arrive. */
export async function openWithReceiver(options: Partial<PayPalSandboxOptions> = {}) {
  const receiver = await openReceiver();
  const client = await openSandbox({
    ...options,
    webhook: { url: receiver.url, webhookId: WEBHOOK_ID },
  });
  /** The events that arrived, once nothing is on its way any more. */
  const events = async (): Promise<Event[]> => {
    await client.sandbox.webhooks.idle();
    return receiver.received.map(({ body }) => JSON.parse(body) as Event);
  };
  const types = async (): Promise<string[]> => (await events()).map((event) => event.event_type);
  return { ...client, receiver, events, types };
}

/** The link of an answer that has this relation. */
export function linkOf(answer: Answer, rel: string): string {
  const link = answer.links.find((one) => one.rel === rel);
  if (link === undefined) throw new Error(`There is no link ${rel}.`);
  return link.href;
}

/** The only capture of an order. */
export function captureOf(order: Answer): Answer {
  const capture = order.purchase_units[0]?.payments.captures[0];
  if (capture === undefined) throw new Error('The order was not captured.');
  return capture;
}

/** The only authorization of an order. */
export function authorizationOf(order: Answer): Answer {
  const authorization = order.purchase_units[0]?.payments.authorizations[0];
  if (authorization === undefined) throw new Error('The order was not authorized.');
  return authorization;
}

/** Connects a client, which gets its token when it is first needed. */
export function connect(sandbox: PayPalSandbox): Client {
  let token: string | undefined;
  let requests = 0;
  const send: Client['send'] = async (method, path, headers, body) => {
    const init = { method, headers, redirect: 'manual' as const };
    const url = path.startsWith('http') ? path : sandbox.url + path;
    const response = await fetch(url, body === undefined ? init : { ...init, body });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const parsed = (isJson && text !== '' ? JSON.parse(text) : {}) as Answer;
    return { status: response.status, headers: response.headers, text, body: parsed };
  };
  const getToken = async (): Promise<string> => {
    const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
    const headers = {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const granted = await send(
      'POST',
      '/v1/oauth2/token',
      headers,
      'grant_type=client_credentials',
    );
    return granted.body.access_token;
  };
  const call: Client['call'] = async (method, path, body, headers = {}) => {
    token ??= await getToken();
    requests += 1;
    const all: Headed = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(method === 'POST' &&
        headers !== NO_KEY && { 'paypal-request-id': `request-${requests}` }),
      ...headers,
    };
    return send(method, path, all, body === undefined ? undefined : JSON.stringify(body));
  };
  const post: Client['post'] = (path, body, headers) => call('POST', path, body, headers);
  const order: Client['order'] = async (more = {}, unit = {}) => {
    const created = await post('/v2/checkout/orders', {
      intent: 'CAPTURE',
      purchase_units: [{ amount: { currency_code: 'USD', value: '20.00' }, ...unit }],
      payment_source: { paypal: { experience_context: EXPERIENCE } },
      ...more,
    });
    return created.body;
  };
  const decide: Client['decide'] = (answer, result) => {
    const page = answer.links.find(({ rel }) => rel === 'payer-action' || rel === 'approve');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    return send('POST', page?.href ?? '/', form, `result=${result}`);
  };
  return {
    sandbox,
    send,
    call,
    post,
    renewToken() {
      token = undefined;
    },
    get: (path) => call('GET', path),
    control: (method, path, body) =>
      send(method, `/__sandbox/${path}`, {}, body === undefined ? undefined : JSON.stringify(body)),
    order,
    decide,
    async pay(more = {}, unit = {}) {
      const created = await order(more, unit);
      await decide(created, 'approve');
      const action = 'intent' in more && more.intent === 'AUTHORIZE' ? 'authorize' : 'capture';
      const paid = await post(`/v2/checkout/orders/${created.id}/${action}`);
      return paid.body;
    },
  };
}
