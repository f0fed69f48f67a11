import type { GatewayOutcome, Lookup, MoneyCall, ReadCall } from '../gateway.ts';
import { parseStorableJson } from '../storable-json.ts';
import type { GatewayRequest, Transport } from '../transport.ts';
import type { AccessTokens } from './access-tokens.ts';
import { failureOf, gatewayFault, UNREADABLE, type Failure } from './errors.ts';

/** A successful answer, read by the caller's reader. */
export type Answer<T> = { kind: 'answered'; value: T } | Failure;

/** Turns JSON into what it says; throws where it is not in the format that it should have. */
export type Reader<T> = (json: unknown) => T;

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
    const { exchange } = sent;
    if (exchange.kind !== 'answered' || exchange.status < 200 || exchange.status > 299) {
      return failureOf(exchange);
    }
    try {
      const json = exchange.body === '' ? null : parseStorableJson(exchange.body);
      return { kind: 'answered', value: reader(json) };
    } catch (error) {
      // A success that cannot be read proves nothing, least of all that nothing was executed.
      return gatewayFault(UNREADABLE, String(error), exchange);
    }
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

/** The outcome of a call that failed and left nothing to report. */
export function failedOutcome(failure: Failure): GatewayOutcome<never> {
  switch (failure.kind) {
    case 'declined':
      return { kind: 'declined', decline: failure.decline, report: null };
    case 'refused':
      return { kind: 'refused', error: failure.error, report: null };
    case 'unknown':
      return failure;
  }
}

/** What a reading found. */
export function lookup<T>(answer: Answer<T>): Lookup<T> {
  if (answer.kind === 'answered') return { kind: 'found', report: answer.value };
  return answer.error.httpStatus === 404
    ? { kind: 'not_found' }
    : { kind: 'unavailable', error: answer.error };
}

/**
 * What an operation came to that could not even read what it needed to know first: nothing of it was executed now, and
 * nothing is said of an earlier try. PayPal knows every order that was paid, so one that it does not know belongs to
 * another account than the credentials.
 */
export function notRead({ error }: Failure): GatewayOutcome<never> {
  const isForNow = error.category === 'authentication' || error.category === 'rate_limited';
  const otherwise = error.httpStatus === 404 ? 'authentication' : 'unreachable';
  const category = isForNow ? error.category : otherwise;
  return { kind: 'refused', error: { ...error, category }, report: null };
}

function isUnauthorized(exchange: { kind: string; status?: number }): boolean {
  return exchange.kind === 'answered' && exchange.status === 401;
}

function traced({ requestId }: ReadCall): Record<string, string> {
  return { accept: 'application/json', 'x-request-id': requestId };
}
