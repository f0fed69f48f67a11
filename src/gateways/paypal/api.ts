import type { MoneyCall, ReadCall } from '../gateway.ts';
import { readAnswer, type JsonAnswer, type Reader } from '../json-answer.ts';
import type { GatewayRequest, Transport } from '../transport.ts';
import type { AccessTokens } from './access-tokens.ts';
import { failureOf, gatewayFault, type Failure } from './errors.ts';

/** What came of a call. */
export type Answer<T> = JsonAnswer<T, Failure>;

/** PayPal's API as far as money is concerned: what came of each call, and no retry that could act twice. */
export interface Api {
  get<T>(path: string, reader: Reader<T>, call: ReadCall): Promise<Answer<T>>;
  /** @param body `null` sends none */
  post<T>(
    path: string,
    body: object | null,
    reader: Reader<T>,
    call: MoneyCall,
  ): Promise<Answer<T>>;
  delete(path: string, call: ReadCall): Promise<Answer<null>>;
}

export interface ApiOptions {
  /** Scheme, host and port of PayPal's API, or of a sandbox. */
  apiUrl: string;
  transport: Transport;
  tokens: AccessTokens;
}

/** Speaks to PayPal's API with a token, and tells the outcomes of its calls apart. */
export function createApi({ apiUrl, transport, tokens }: ApiOptions): Api {
  type Request = Pick<GatewayRequest, 'method' | 'path' | 'headers' | 'body'>;

  const sendOnce = async (request: Request) => {
    const access = await tokens.get();
    if (access.kind === 'none') return access;
    const { token } = access;
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return { token, exchange: await transport.send({ ...request, origin: apiUrl, headers }) };
  };

  const send = async <T>(request: Request, reader: Reader<T>): Promise<Answer<T>> => {
    let sent = await sendOnce(request);
    if ('exchange' in sent && isUnauthorized(sent.exchange)) {
      // PayPal checks the token before it does anything, so nothing was executed, and this is no second try of it. A
      // token may lapse early: PayPal can revoke it, and another process may have had a newer one.
      tokens.forget(sent.token);
      sent = await sendOnce(request);
    }
    if (!('exchange' in sent)) return { kind: 'refused', error: sent.error, isOfState: false };
    return readAnswer(sent.exchange, reader, { failureOf, gatewayFault });
  };

  return {
    get: (path, reader, call) =>
      send({ method: 'GET', path, headers: traced(call), body: null }, reader),
    post: (path, body, reader, call) =>
      send(
        {
          method: 'POST',
          path,
          headers: {
            ...traced(call),
            'content-type': 'application/json',
            'paypal-request-id': call.idempotencyKey,
            // Without this an answer is little more than an id.
            prefer: 'return=representation',
          },
          body: body === null ? null : JSON.stringify(body),
        },
        reader,
      ),
    delete: (path, call) =>
      send({ method: 'DELETE', path, headers: traced(call), body: null }, () => null),
  };
}

function isUnauthorized(exchange: { kind: string; status?: number }): boolean {
  return exchange.kind === 'answered' && exchange.status === 401;
}

function traced({ requestId }: ReadCall): Record<string, string> {
  return { accept: 'application/json', 'x-request-id': requestId };
}
