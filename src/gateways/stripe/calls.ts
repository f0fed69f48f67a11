import type Stripe from 'stripe';
import type { AmountProblem, GatewayOutcome, Lookup, MoneyCall, ReadCall } from '../gateway.ts';
import { failureOf, gatewayFault, UNREADABLE, type Failure } from './errors.ts';
import { withoutStackTrace } from './sdk.ts';

/** A value where there is one, and no parameter where there is none: Stripe takes an empty one for an instruction. */
export function given<K extends string, V>(name: K, value: V | null): Partial<Record<K, V>> {
  return value === null ? {} : ({ [name]: value } as Record<K, V>);
}

export function traced({ requestId }: ReadCall): Stripe.RequestOptions {
  return { headers: { 'X-Request-Id': requestId } };
}

export function keyed(call: MoneyCall): Stripe.RequestOptions {
  return { ...traced(call), idempotencyKey: call.idempotencyKey };
}

export interface Answer<Body = unknown> {
  kind: 'answered';
  body: Body;
  requestId: string | null;
}

/** Calls the SDK. Whatever it throws becomes a failure that claims no more than is certain. */
export async function ask(
  call: () => Promise<{ lastResponse: { requestId?: string } }>,
): Promise<Answer | Failure> {
  try {
    const body = await withoutStackTrace(call);
    return { kind: 'answered', body, requestId: body.lastResponse.requestId ?? null };
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** A value, or why it cannot be read. */
type Read<T> = { kind: 'read'; value: T } | (Failure & { kind: 'unknown' });

/** Reads a successful answer. One that cannot be read proves nothing, least of all that nothing was executed. */
export function read<Body, T>(reader: (body: Body) => T, answer: Answer<Body>): Read<T> {
  try {
    return { kind: 'read', value: reader(answer.body) };
  } catch (error) {
    return gatewayFault(UNREADABLE, String(error), 200, answer.requestId);
  }
}

/** Refused by ourselves, before anything was sent. */
export function refusedHere(code: string, message: string): GatewayOutcome<never> {
  const error = { code, message, httpStatus: null, gatewayRequestId: null };
  return { kind: 'refused', error: { category: 'invalid_request', ...error }, report: null };
}

/** An amount that Stripe would not take. */
export function notAsked({ code, detail }: AmountProblem): GatewayOutcome<never> {
  return refusedHere(code, detail);
}

export function lookup<Body, T>(
  reader: (body: Body) => T,
  answer: Answer<Body> | Failure,
): Lookup<T> {
  if (answer.kind !== 'answered') return failedLookup(answer);
  const found = read(reader, answer);
  return found.kind === 'read' ? { kind: 'found', report: found.value } : failedLookup(found);
}

export function failedLookup({ error }: Failure): Lookup<never> {
  return error.httpStatus === 404 && error.code === 'resource_missing'
    ? { kind: 'not_found' }
    : { kind: 'unavailable', error };
}
