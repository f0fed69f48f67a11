import type { Decline } from '../domain/report.ts';
import type { GatewayError, GatewayOutcome, Lookup } from './gateway.ts';
import { parseStorableJson } from './storable-json.ts';
import type { Exchange } from './transport.ts';

/** What a call that did not succeed came to. Adapters add to it what their gateway tells besides. */
export type CallFailure =
  | { kind: 'declined'; decline: Decline; error: GatewayError }
  | { kind: 'refused'; error: GatewayError }
  | { kind: 'unknown'; error: GatewayError };

/** A successful answer, read by the caller's reader, or what the call came to instead. */
export type JsonAnswer<T, Failure extends CallFailure> = { kind: 'answered'; value: T } | Failure;

/** Turns JSON into what it says; throws where it is not in the format that it should have. */
export type Reader<T> = (json: unknown) => T;

/** The code of an answer that is none in the gateway's format. */
export const UNREADABLE = 'unreadable_answer';

type Answered = Extract<Exchange, { kind: 'answered' }>;

/** How a gateway tells of what went wrong: the half of reading an answer that differs. */
export interface FailureReaders<Failure extends CallFailure> {
  /** What an exchange came to that is no success. */
  failureOf: (exchange: Exchange) => Failure;
  /** An answer that does not tell what was executed; its outcome is unknown. */
  gatewayFault: (code: string, message: string, answer: Answered) => Failure;
}

/** Tells an exchange of JSON with a gateway apart into its outcomes. An empty body is read as `null`. */
export function readAnswer<T, Failure extends CallFailure>(
  exchange: Exchange,
  reader: Reader<T>,
  { failureOf, gatewayFault }: FailureReaders<Failure>,
): JsonAnswer<T, Failure> {
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
}

/** The outcome of a call that failed and left nothing to report. */
export function failedOutcome(failure: CallFailure): GatewayOutcome<never> {
  switch (failure.kind) {
    case 'declined':
      return { kind: 'declined', decline: failure.decline, report: null };
    case 'refused':
      return { kind: 'refused', error: failure.error, report: null };
    case 'unknown':
      return { kind: 'unknown', error: failure.error };
  }
}

/** What a reading found. */
export function lookup<T>(answer: JsonAnswer<T, CallFailure>): Lookup<T> {
  if (answer.kind === 'answered') return { kind: 'found', report: answer.value };
  return answer.error.httpStatus === 404
    ? { kind: 'not_found' }
    : { kind: 'unavailable', error: answer.error };
}

/**
 * What an operation came to that could not even read what it needed to know first: nothing of it was executed now, and
 * nothing is said of an earlier try. A gateway knows every payment that it gave an id to, so one that it does not know
 * belongs to another account than the credentials.
 */
export function notRead({ error }: CallFailure): GatewayOutcome<never> {
  const isForNow = error.category === 'authentication' || error.category === 'rate_limited';
  const otherwise = error.httpStatus === 404 ? 'authentication' : 'unreachable';
  const category = isForNow ? error.category : otherwise;
  return { kind: 'refused', error: { ...error, category }, report: null };
}
