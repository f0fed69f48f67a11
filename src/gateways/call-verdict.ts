import type { GatewayCall, GatewayOperation } from './observed.ts';

/** What one call tells of the gateway itself, whatever became of what it was asked. */
export interface CallVerdict {
  /** Whether it did its part. A decline, or a refusal of a wrong request, is its part. */
  fault: { category: string; code: string } | null;
  /** Whether it took our credentials; `null` where the call does not tell. */
  credentials: 'accepted' | 'rejected' | null;
}

/** The request was at fault, which only a gateway that has let us in can say. */
const OUR_FAULT: ReadonlySet<string> = new Set(['invalid_request', 'method_used', 'key_conflict']);

/** What a gateway without customers of its own does without being asked. */
const MAY_STAY_HERE: ReadonlySet<GatewayOperation> = new Set([
  'create_customer',
  'delete_customer',
]);

/** Judges the gateway by one call. */
export function verdictOf({
  operation,
  outcome,
  error,
}: Pick<GatewayCall, 'operation' | 'outcome' | 'error'>): CallVerdict {
  if (error === null) {
    return outcome === 'failed'
      ? { fault: { category: 'exception', code: 'exception' }, credentials: null }
      : { fault: null, credentials: MAY_STAY_HERE.has(operation) ? null : 'accepted' };
  }
  const { category, code } = error;
  if (OUR_FAULT.has(category)) {
    return { fault: null, credentials: error.httpStatus === null ? null : 'accepted' };
  }
  return {
    fault: { category, code },
    credentials: category === 'authentication' ? 'rejected' : null,
  };
}
