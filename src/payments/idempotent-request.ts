import { randomUUID } from 'node:crypto';
import {
  findKey,
  takeOverKey,
  type IdempotencyRecord,
  type RequestKey,
  type StoredAnswer,
} from '../database/idempotency.ts';
import type { Lease } from '../database/begin.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { reject, type Rejection, type Replay } from './result.ts';

/** A request that is executed once, however often it is sent. */
export interface IdempotentRequest<R> {
  key: RequestKey;
  /** Follows the request through the logs, to the gateway and back. */
  requestId: string;
  /** Writes the answer, which is stored together with the result. */
  render: (result: R) => StoredAnswer;
}

/** What a key that is not new stands for. */
export type KnownKey =
  | Replay
  | Rejection
  /** The first handler died or gave up: go on where it stopped. */
  | { kind: 'resume'; known: IdempotencyRecord; lease: Lease };

/** A lease of one's own on a request. */
export function newLease({
  leaseMs,
  tracer,
}: Pick<PaymentDependencies, 'leaseMs' | 'tracer'>): Lease {
  return { token: randomUUID(), leaseMs, traceparent: tracer?.traceparent() ?? null };
}

/**
 * Looks a key up.
 *
 * @returns `null` where it is new; otherwise the first answer again, why there is none, or the request to go on with
 */
export async function lookUpKey(
  deps: Pick<PaymentDependencies, 'db' | 'leaseMs' | 'tracer'>,
  key: RequestKey,
): Promise<KnownKey | null> {
  const known = await findKey(deps.db, key);
  if (known === null) return null;
  if (Buffer.compare(known.fingerprint, key.fingerprint) !== 0) {
    return reject(
      'idempotency_key_reused',
      'This Idempotency-Key came with another request before. Use a new key for a new request.',
    );
  }
  if (known.answer) return { kind: 'replay', answer: known.answer };
  const lease = newLease(deps);
  if (known.leased || !(await takeOverKey(deps.db, key, lease))) {
    return reject(
      'idempotency_key_in_use',
      'A request with this Idempotency-Key is still being worked on. Send it again in a moment.',
    );
  }
  return { kind: 'resume', known, lease };
}
