import type { ReadCall } from '../gateway.ts';
import { readAnswer, type JsonAnswer, type Reader } from '../json-answer.ts';
import type { GatewayRequest, Transport } from '../transport.ts';
import { failureOf, gatewayFault, type Failure } from './errors.ts';

/** The version whose shapes the mapping knows: https://developer.squareup.com/docs/build-basics/versioning-overview */
const SQUARE_VERSION = '2026-09-16';

/** What came of a call. */
export type Answer<T> = JsonAnswer<T, Failure>;

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
    return readAnswer(answer, reader, { failureOf, gatewayFault });
  };
  return {
    get: (path, reader, call) => exchange({ method: 'GET', path, body: null }, reader, call),
    send: (method, path, body, reader, call) =>
      exchange({ method, path, body: body === null ? null : JSON.stringify(body) }, reader, call),
  };
}

/** A further key for the second call of one operation; the given one has 43 characters and 45 are allowed. */
export function furtherKey(key: string, step: string): string {
  return `${key}-${step}`;
}
