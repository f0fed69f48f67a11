import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Tender } from './tender.ts';

/** The API of a test, to whoever comes with whatever key. */
export async function admitAs({ apiUrl, apiKey }: Pick<Tender, 'apiUrl' | 'apiKey'>) {
  const server = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/', headers } = request;
      const body = await text(request);
      const passed = ['content-type', 'idempotency-key'].flatMap((name): [string, string][] => {
        const value = headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      });
      const answer = await fetch(`${apiUrl}${url}`, {
        method,
        headers: [...passed, ['authorization', `Bearer ${apiKey}`]],
        ...(body === '' ? {} : { body }),
      });
      const type = answer.headers.get('content-type') ?? 'application/json';
      response.writeHead(answer.status, { 'content-type': type });
      response.end(await answer.text());
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
