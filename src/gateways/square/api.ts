import type { GatewayOutcome, Lookup, ReadCall } from '../gateway.ts';
import { parseStorableJson } from '../storable-json.ts';
import type { GatewayRequest, Transport } from '../transport.ts';
import { failureOf, gatewayFault, UNREADABLE, type Failure } from './errors.ts';

/** The version whose shapes the mapping knows: https://developer.squareup.com/docs/build-basics/versioning-overview */
const SQUARE_VERSION = '2026-09-16';

/** A successful answer, read by the caller's reader. */
export type Answer<T> = { kind: 'answered'; value: T } | Failure;

/** Turns JSON into what it says; throws where it is not in the format that it should have. */
export type Reader<T> = (json: unknown) => T;

/** Square's API: what came of each call. Keys of idempotency are part of the bodies. */
export interface Api {
  get<T>(path: string, reader: Reader<T>, call: ReadCall): Promise<Answer<T>>;
  send<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: object | null,
    reader: Reader<T>,
    call: ReadCall,
  ): Promise<Answer<T>>;
}

export interface ApiOptions {
  accessToken: string;
  /** Scheme, host and port of Square's API, or of a sandbox. */
  apiUrl: string;
  transport: Transport;
}

/** Speaks to Square's API, and tells the outcomes of its calls apart. */
export function createApi({ accessToken, apiUrl, transport }: ApiOptions): Api {
  const exchange = async <T>(
    { method, path, body }: Pick<GatewayRequest, 'method' | 'path' | 'body'>,
    reader: Reader<T>,
    { requestId }: ReadCall,
  ): Promise<Answer<T>> => {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${accessToken}`,
      'square-version': SQUARE_VERSION,
      'x-request-id': requestId,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await transport.send({ origin: apiUrl, method, path, headers, body });
    if (answer.kind !== 'answered' || answer.status < 200 || answer.status > 299) {
      return failureOf(answer);
    }
    try {
      return { kind: 'answered', value: reader(parseStorableJson(answer.body)) };
    } catch (error) {
      // A success that cannot be read proves nothing, least of all that nothing was executed.
      return gatewayFault(UNREADABLE, String(error), answer);
    }
  };
  return {
    get: (path, reader, call) => exchange({ method: 'GET', path, body: null }, reader, call),
    send: (method, path, body, reader, call) =>
      exchange({ method, path, body: body === null ? null : JSON.stringify(body) }, reader, call),
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

/** What an operation came to that could not even read what it needed to know first: nothing of it was executed now. */
export function notRead(failure: Failure): GatewayOutcome<never> {
  const { category } = failure.error;
  const isSure = failure.kind === 'refused' && category !== 'invalid_request';
  const error = isSure ? failure.error : { ...failure.error, category: 'unreachable' as const };
  return { kind: 'refused', error, report: null };
}

/** A further key for the second call of one operation; the given one has 43 characters and 45 are allowed. */
export function furtherKey(key: string, step: string): string {
  return `${key}-${step}`;
}
