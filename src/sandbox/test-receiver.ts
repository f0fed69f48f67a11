import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';

/** A webhook as it arrived. */
export type Received = {
  body: string;
  headers: IncomingHttpHeaders;
  event: { id: string; type: string; data: { object: Record<string, unknown> } };
};

/** An endpoint for webhooks, which lives as long as the test that opened it. */
export type Receiver = {
  url: string;
  received: Received[];
  types: () => string[];
  /** The statuses of the next answers; 200 when none are left. */
  statuses: number[];
};

/** Opens an endpoint that keeps what it is sent. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const event = JSON.parse(body) as Received['event'];
      received.push({ body, headers: request.headers, event });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    statuses,
    types: () => received.map((one) => one.event.type),
  };
}
