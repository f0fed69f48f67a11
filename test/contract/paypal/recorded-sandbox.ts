import { createServer, type Server } from 'node:http';
import { startPayPalSandbox, type PayPalSandbox } from '../../../src/sandbox/paypal/start.ts';
import type { Answer } from '../../../src/sandbox/paypal/test-client.ts';
import type { WireAnswer, WireRequest } from '../support/openapi.ts';

const CLIENT = { clientId: 'client-contract', clientSecret: 'secret-contract' };
export const WEBHOOK_ID = 'WEBHOOKCONTRACT';

/** A webhook as it arrived. */
export interface Delivery {
  headers: Record<string, string>;
  body: string;
}

/** The sandbox, with everything that was asked, answered and delivered. */
export interface RecordedSandbox {
  readonly sandbox: PayPalSandbox;
  readonly exchanges: { request: WireRequest; answer: WireAnswer }[];
  /** The webhooks, in the order of their arrival. */
  readonly deliveries: Delivery[];
  /** Calls the API with a request id that is new, unless `headers` has another. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
  /** Gets a new token, after the old one lapsed. */
  renewToken: () => Promise<void>;
  /** Calls something under `/__sandbox/`, which is not recorded. */
  control: (path: string, body?: object) => Promise<{ id: string }>;
  /** Opens the hosted page as the buyer's browser does, and decides. */
  decide: (answer: Answer, result: 'approve' | 'approve-declined' | 'cancel') => Promise<void>;
  close: () => Promise<void>;
}

/** The fields that an answer has depend on the call. */
export interface Reply {
  status: number;
  body: Answer;
}

/** Starts a sandbox that has its webhooks delivered to a place where they are kept. */
export async function startRecordedSandbox(): Promise<RecordedSandbox> {
  const deliveries: Delivery[] = [];
  const receiver = await startReceiver(deliveries);
  const sandbox = await startPayPalSandbox({
    port: 0,
    ...CLIENT,
    webhook: { url: receiver.url, webhookId: WEBHOOK_ID },
  });
  const exchanges: RecordedSandbox['exchanges'] = [];
  let token = await getToken(sandbox.url);
  let requests = 0;
  return {
    sandbox,
    exchanges,
    deliveries,
    async call(method, path, body, more = {}) {
      const text = body === undefined ? null : JSON.stringify(body);
      const contentType = 'application/json';
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': contentType,
        'paypal-request-id': `contract-${(requests += 1)}`,
        ...more,
      };
      const response = await fetch(sandbox.url + path, { method, headers, body: text });
      const answer = { status: response.status, body: await response.text() };
      exchanges.push({ request: { method, path, contentType, body: text }, answer });
      const read = (answer.body === '' ? {} : JSON.parse(answer.body)) as Answer;
      return { status: answer.status, body: read };
    },
    async renewToken() {
      token = await getToken(sandbox.url);
    },
    async control(path, body = {}) {
      const init = { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`${sandbox.url}/__sandbox/${path}`, init);
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return (await response.json()) as { id: string };
    },
    async decide(answer, result) {
      const page = answer.links.find(({ rel }) => rel === 'payer-action' || rel === 'approve');
      if (page === undefined) throw new Error('Nothing has to be approved');
      const body = new URLSearchParams({ result });
      const response = await fetch(page.href, { method: 'POST', body, redirect: 'manual' });
      if (response.status !== 303) throw new Error(`The page answered ${response.status}`);
    },
    async close() {
      await sandbox.close();
      receiver.server.closeAllConnections();
      receiver.server.close();
    },
  };
}

async function getToken(url: string): Promise<string> {
  const basic = Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64');
  const response = await fetch(`${url}/v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function startReceiver(deliveries: Delivery[]): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      deliveries.push({
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('Not listening');
  return { server, url: `http://127.0.0.1:${address.port}/` };
}
