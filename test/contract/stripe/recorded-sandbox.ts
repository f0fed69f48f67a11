import { createServer, type Server } from 'node:http';
import { startStripeSandbox, type StripeSandbox } from '../../../src/sandbox/stripe/start.ts';
import type { Answer } from '../../../src/sandbox/stripe/test-client.ts';
import { encodeForm, type FormValue } from '../support/form.ts';
import type { OpenApi, WireAnswer, WireRequest } from '../support/openapi.ts';

export const SECRET_KEY = 'sk_test_contract';
export const PUBLISHABLE_KEY = 'pk_test_contract';

export interface Form {
  readonly [name: string]: FormValue;
}

export interface CallOptions {
  key?: string;
  idempotencyKey?: string;
  version?: string;
}

/** The sandbox, with everything that was asked, answered and delivered. */
export interface RecordedSandbox {
  readonly sandbox: StripeSandbox;
  readonly exchanges: { request: WireRequest; answer: WireAnswer }[];
  /** Bodies of the webhooks, in the order of their arrival. */
  readonly deliveries: string[];
  get: (path: string, query?: Form, options?: CallOptions) => Promise<Reply>;
  post: (path: string, form?: Form, options?: CallOptions) => Promise<Reply>;
  del: (path: string) => Promise<Reply>;
  /** Opens the page of a challenge as the customer's browser does, and decides it. */
  decide: (answer: Answer, result: 'complete' | 'fail') => Promise<void>;
  close: () => Promise<void>;
}

/** The fields that an answer has depend on its object. */
export interface Reply {
  status: number;
  body: Answer;
}

/** Starts a sandbox that has its webhooks delivered to a place where they are kept. */
export async function startRecordedSandbox(): Promise<RecordedSandbox> {
  const deliveries: string[] = [];
  const receiver = await startReceiver(deliveries);
  const sandbox = await startStripeSandbox({
    port: 0,
    secretKey: SECRET_KEY,
    publishableKey: PUBLISHABLE_KEY,
    webhook: { url: receiver.url, secret: 'whsec_contract' },
  });
  const exchanges: RecordedSandbox['exchanges'] = [];

  const send = async (request: WireRequest, options: CallOptions): Promise<Reply> => {
    const headers: Record<string, string> = {
      authorization: `Bearer ${options.key ?? SECRET_KEY}`,
    };
    if (request.contentType !== null) headers['content-type'] = request.contentType;
    if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey;
    if (options.version !== undefined) headers['stripe-version'] = options.version;
    const { method, path, body } = request;
    const response = await fetch(sandbox.url + path, { method, headers, body });
    const answer = { status: response.status, body: await response.text() };
    exchanges.push({ request, answer });
    return { status: answer.status, body: JSON.parse(answer.body) as Answer };
  };

  return {
    sandbox,
    exchanges,
    deliveries,
    get(path, query = {}, options = {}) {
      const search = encodeForm(query);
      const whole = search === '' ? path : `${path}?${search}`;
      return send({ method: 'GET', path: whole, contentType: null, body: null }, options);
    },
    post(path, form = {}, options = {}) {
      const contentType = 'application/x-www-form-urlencoded';
      return send({ method: 'POST', path, contentType, body: encodeForm(form) }, options);
    },
    del: (path) => send({ method: 'DELETE', path, contentType: null, body: null }, {}),
    async decide(answer, result) {
      const { redirect_to_url: redirect, use_stripe_sdk: script } = answer.next_action ?? {};
      const url = redirect?.url ?? script?.stripe_js ?? '';
      const body = new URLSearchParams({ result });
      await fetch(url, { method: 'POST', body, redirect: 'manual' });
    },
    async close() {
      await sandbox.close();
      receiver.server.closeAllConnections();
      receiver.server.close();
    },
  };
}

/** The names of those operations of `document` that the sandbox has too. */
export async function operationsOf(
  recorded: RecordedSandbox,
  document: OpenApi,
): Promise<string[]> {
  const known: string[] = [];
  for (const { name } of document.operations) {
    const [method = '', path = ''] = name.replaceAll(/\{[^}]+\}/g, 'x').split(' ');
    // The sandbox has no search: it takes that word for an id.
    if (path.endsWith('/search')) continue;
    const ask = { GET: recorded.get, DELETE: recorded.del }[method] ?? recorded.post;
    const { body } = await ask(path);
    const isUnknown = body.error?.message.startsWith('Unrecognized request URL') === true;
    if (!isUnknown) known.push(name);
  }
  return known;
}

async function startReceiver(deliveries: string[]): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      deliveries.push(Buffer.concat(chunks).toString('utf8'));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('Not listening');
  return { server, url: `http://127.0.0.1:${address.port}/` };
}
