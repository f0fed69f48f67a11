import { createServer, type Server } from 'node:http';
import { startSquareSandbox, type SquareSandbox } from '../../../src/sandbox/square/start.ts';
import type { Answer } from '../../../src/sandbox/square/test-client.ts';
import type { WireAnswer, WireRequest } from '../support/openapi.ts';

export const ACCESS_TOKEN = 'sandbox-token-contract';

/** The sandbox, with everything that was asked, answered and delivered. */
export interface RecordedSandbox {
  readonly sandbox: SquareSandbox;
  readonly exchanges: { request: WireRequest; answer: WireAnswer }[];
  /** Bodies of the webhooks, in the order of their arrival. */
  readonly deliveries: string[];
  call: (method: string, path: string, body?: unknown, token?: string) => Promise<Reply>;
  /** Calls something under `/__sandbox/`, which is not recorded. */
  control: (path: string, body?: object) => Promise<{ id: string }>;
  /** An idempotency key that was not used yet. */
  newKey: () => string;
  close: () => Promise<void>;
}

/** The fields that an answer has depend on the call. */
export interface Reply {
  status: number;
  body: Answer;
}

/** Starts a sandbox that has its webhooks delivered to a place where they are kept. */
export async function startRecordedSandbox(): Promise<RecordedSandbox> {
  const deliveries: string[] = [];
  const receiver = await startReceiver(deliveries);
  const sandbox = await startSquareSandbox({
    port: 0,
    accessToken: ACCESS_TOKEN,
    webhook: { url: receiver.url, signatureKey: 'contract' },
  });
  const exchanges: RecordedSandbox['exchanges'] = [];
  let keys = 0;
  return {
    sandbox,
    exchanges,
    deliveries,
    newKey: () => `contract-${(keys += 1)}`,
    async call(method, path, body, token = ACCESS_TOKEN) {
      const text = body === undefined ? null : JSON.stringify(body);
      const contentType = text === null ? null : 'application/json';
      const headers: Record<string, string> = { authorization: `Bearer ${token}` };
      if (contentType !== null) headers['content-type'] = contentType;
      const response = await fetch(sandbox.url + path, { method, headers, body: text });
      const answer = { status: response.status, body: await response.text() };
      exchanges.push({ request: { method, path, contentType, body: text }, answer });
      return { status: answer.status, body: JSON.parse(answer.body) as Answer };
    },
    async control(path, body = {}) {
      const init = { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`${sandbox.url}/__sandbox/${path}`, init);
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return (await response.json()) as { id: string };
    },
    async close() {
      await sandbox.close();
      receiver.server.closeAllConnections();
      receiver.server.close();
    },
  };
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
