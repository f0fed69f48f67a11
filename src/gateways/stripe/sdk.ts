import Stripe from 'stripe';
import { z } from 'zod';
import type { Exchange, GatewayRequest, Transport } from '../transport.ts';
import { Unanswered, UNREADABLE } from './errors.ts';

/**
 * Stripe's SDK with the transport underneath: its types, its encoding and its errors, and nothing that it would do on
 * the quiet. It sends no telemetry, and it cannot send a request twice, since it never sees an error that it retries.
 */
export function createStripeSdk(secretKey: string, apiUrl: string, transport: Transport): Stripe {
  return new Stripe(secretKey, {
    apiVersion: Stripe.API_VERSION,
    httpClient: httpClientOver(transport, new URL(apiUrl).origin),
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/**
 * Starts a call of the SDK, which writes out its caller's stack trace first, in case of an error. Nobody reads it, and
 * it took 6 % of the processor time of a payment.
 */
export function withoutStackTrace<T>(call: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The SDK hangs for ever if `makeRequest` throws instead of rejecting, so it has to be an async function. */
function httpClientOver(transport: Transport, origin: string): Stripe.HttpClient {
  return {
    getClientName: () => 'tender',
    async makeRequest(_host, _port, path, method, sdkHeaders, body) {
      const headers: Record<string, string> = {};
      for (const name in sdkHeaders) headers[name] = String(sdkHeaders[name]);
      if (method !== 'GET' && !hasKeyOfOurs(headers)) {
        const message = 'A request that may move money has no idempotency key of ours';
        throw new Unanswered({ kind: 'not_sent', code: 'no_idempotency_key', message });
      }
      const exchange = await transport.send({
        origin,
        method: method as GatewayRequest['method'],
        path,
        headers,
        body: body || null,
      });
      if (exchange.kind !== 'answered') throw new Unanswered(exchange);
      return {
        getStatusCode: () => exchange.status,
        getHeaders: () => exchange.headers as Record<string, string>,
        getRawResponse: () => ({}),
        toStream: () => {
          throw new Error('The transport reads every answer whole');
        },
        toJSON: async () => readBody(exchange),
      };
    },
  };
}

/** Without a key the SDK makes one up, which would be another one if we asked again. */
function hasKeyOfOurs(headers: Record<string, string>): boolean {
  const key = headers['Idempotency-Key'] ?? '';
  return key !== '' && !key.startsWith('stripe-node-retry-');
}

const ErrorBody = z.object({
  error: z.object({
    type: z.string(),
    code: z.string().nullish(),
    decline_code: z.string().nullish(),
    message: z.string().nullish(),
  }),
});

/**
 * The body as the SDK may see it. The SDK takes any JSON without an `error` for success, whatever the status, and any
 * with one for an error: so what does not fit its status is replaced by an error that nothing is concluded from.
 */
function readBody({ status, body }: Exchange & { kind: 'answered' }): unknown {
  const json = parseJson(body);
  const fits =
    status >= 200 && status < 300
      ? typeof json === 'object' && json !== null && !('error' in json)
      : ErrorBody.safeParse(json).success;
  if (fits) return json;
  const message = `HTTP ${status} with a body that is not in Stripe's format`;
  return { error: { type: UNREADABLE, message } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
