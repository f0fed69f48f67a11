import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';

/** A request as a gateway's look-alike sees it. */
export type SandboxRequest = {
  method: string;
  /** The path as it was sent, without the query. */
  path: string;
  /** The query string without its question mark; empty when there is none. */
  query: string;
  headers: IncomingHttpHeaders;
  body: string;
};

export type Reply = { status: number; headers: Record<string, string>; body: string };

/** A reply, or one of the two ways to give none: cut the connection, or stay silent. */
export type Outcome = Reply | 'drop' | 'stall';

export type Handler = (request: SandboxRequest) => Outcome | Promise<Outcome>;

export type RunningServer = {
  url: string;
  port: number;
  /** Takes no new connection, lets running requests finish, and cuts the silent ones. */
  close(): Promise<void>;
};

const MAX_BODY_BYTES = 1024 * 1024;
/** Longer than a client's pool keeps an idle connection, so that the client closes first. */
const KEEP_ALIVE_MS = 75_000;
const CLOSE_GRACE_MS = 2_000;
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const tooLarge = (): Reply => ({
  status: 413,
  headers: { 'content-type': 'text/plain', connection: 'close' },
  body: 'The request body is too large.',
});

/** Starts listening; rejects when the address cannot be bound. Port 0 picks a free one. */
export async function startServer(
  address: { host: string; port: number },
  handle: Handler,
): Promise<RunningServer> {
  const silent = new Set<ServerResponse>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, response) => {
    response.on('close', () => {
      silent.delete(response);
      if (!server.listening) server.closeIdleConnections();
    });
    const finish = (outcome: Outcome): void => {
      if (outcome === 'stall') silent.add(response);
      else if (outcome === 'drop') incoming.socket.destroy();
      else send(response, outcome);
    };
    const answer = (body: string): void => {
      try {
        const outcome = handle(readHead(incoming, body));
        if (outcome instanceof Promise) outcome.then(finish, (error) => finish(failure(error)));
        else finish(outcome);
      } catch (error) {
        finish(failure(error));
      }
    };
    if (BODILESS.has(incoming.method ?? 'GET')) answer('');
    else collectBody(incoming, answer, () => finish(tooLarge()));
  });
  const port = await listen(server, address);
  return {
    port,
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    close: () => closeServer(server, silent),
  };
}

function readHead(incoming: IncomingMessage, body: string): SandboxRequest {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers: incoming.headers,
    body,
  };
}

function collectBody(
  incoming: IncomingMessage,
  done: (body: string) => void,
  refuse: () => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  });
  incoming.on('end', () => {
    if (size > MAX_BODY_BYTES) return refuse();
    const [only] = chunks;
    const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
    done(body.toString('utf8'));
  });
}

function send(response: ServerResponse, reply: Reply): void {
  const headers = reply.headers;
  headers['content-length'] = String(Buffer.byteLength(reply.body));
  response.writeHead(reply.status, headers);
  response.end(reply.body);
}

/** A handler that throws is a bug of the sandbox, told plainly to whoever develops against it. */
function failure(error: unknown): Reply {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { type: 'api_error', message: `Sandbox bug: ${message}` } }),
  };
}

function listen(server: Server, address: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.removeListener('error', reject);
      const bound = server.address();
      resolve(bound !== null && typeof bound === 'object' ? bound.port : address.port);
    });
  });
}

function closeServer(server: Server, silent: Set<ServerResponse>): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    for (const response of silent) response.destroy();
  });
}
