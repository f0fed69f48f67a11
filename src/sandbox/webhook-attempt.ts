import { Agent, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';

/** What came of one POST to the webhook's URL: the status it answered, or why there is none. */
export type AttemptOutcome = { status: number | null; error: string | null };

/** Sends one body with its headers; never rejects. */
export type AttemptSender = {
  post(headers: Record<string, string>, body: string): Promise<AttemptOutcome>;
  close(): void;
};

/**
 * Builds a sender for one URL over kept-alive connections, at most `maxConnections` of them. An
 * attempt without an answer within `timeoutMs` fails.
 */
export function createAttemptSender(
  target: string,
  options: { maxConnections: number; timeoutMs: number },
): AttemptSender {
  const url = new URL(target);
  const secure = url.protocol === 'https:';
  const pool = { keepAlive: true, maxSockets: options.maxConnections };
  const agent = secure ? new SecureAgent(pool) : new Agent(pool);
  const request = secure ? httpsRequest : httpRequest;
  const fixed = {
    agent,
    method: 'POST',
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: url.pathname + url.search,
    timeout: options.timeoutMs,
  };
  return {
    post: (headers, body) =>
      new Promise((resolve) => {
        const length = String(Buffer.byteLength(body));
        const outgoing = request(
          { ...fixed, headers: { ...headers, 'content-length': length } },
          (incoming) => {
            incoming.resume();
            incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, error: null }));
            incoming.on('error', (error) => resolve({ status: null, error: error.message }));
          },
        );
        outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
        outgoing.on('error', (error) => resolve({ status: null, error: describe(error) }));
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** A refused connection carries its reason in `code`, and an empty message on some systems. */
function describe(error: Error & { code?: string }): string {
  return error.message === '' ? (error.code ?? 'the connection failed') : error.message;
}
