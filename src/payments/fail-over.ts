import type { Payment } from '../domain/payment.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { lookUpKey, type IdempotentRequest } from './idempotent-request.ts';
import { goOn, type OperationResult, type Plan } from './open-attempt.ts';
import type { PaymentResult } from './result.ts';

/** The gateways that have refused a payment within one request, with what they said. */
export type Tried = ReadonlyMap<string, string>;

/** How a payment may get from one gateway to another. */
export interface WayOut {
  /** Whether another gateway can take it at all. */
  mayMove: (payment: Payment) => boolean;
  /** Decides where to go without the gateways that have refused. */
  planWithout: (tried: Tried) => Plan;
}

/**
 * Goes on to the next gateway for as long as one refuses for the moment: it is certain then that nothing was executed,
 * and nothing is wrong with the request. A decline, an unknown outcome and a refusal of the request itself end it.
 * A gateway that has an object of the payment is left first: that object is canceled there, for certain.
 *
 * Each step is an attempt of its own under the caller's key, written down before its call. Should the process die
 * between two of them, the caller's retry goes on from there.
 */
export async function failOver(
  deps: PaymentDependencies,
  first: OperationResult,
  request: IdempotentRequest<PaymentResult>,
  { mayMove, planWithout }: WayOut,
): Promise<OperationResult> {
  const tried = new Map<string, string>();
  let current = first;
  while (current.kind === 'answered' && goesOn(current.result)) {
    const { payment } = current.result;
    if (current.result.kind === 'unavailable') {
      if (!mayMove(payment) || tried.has(payment.gateway)) return current;
      tried.set(payment.gateway, current.result.error.message);
    }
    const known = await lookUpKey(deps, request.key);
    if (known?.kind !== 'resume') return known ?? current;
    const next = await goOn(deps, known, request, planWithout(tried));
    // Nobody else can take it: the caller hears what the gateway said that was asked last.
    if (next.kind === 'rejected') return current.result.kind === 'left' ? next : current;
    if (next.kind === 'answered' && next.result.payment.gateway !== payment.gateway) {
      const to = next.result.payment.gateway;
      const detail = tried.get(payment.gateway) ?? 'it was left, as the request asked for another';
      deps.observer.failedOver({ payment, from: payment.gateway, to, detail });
    }
    current = next;
  }
  return current;
}

function goesOn({ kind }: PaymentResult): boolean {
  return kind === 'unavailable' || kind === 'left';
}
