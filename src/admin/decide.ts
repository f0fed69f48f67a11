import type { NewDecision } from '../database/decisions.ts';
import type { GatewayError } from '../domain/outcome.ts';
import type { Rejection } from '../payments/result.ts';
import { reject } from '../payments/result.ts';
import type { LastAnswer } from '../payments/last-question.ts';
import { newId } from '../ids.ts';
import type { ChangedBy } from './change.ts';

/** What an operator says of a call whose outcome no gateway tells. */
export interface Verdict<D> {
  decision: D;
  /** The gateway's payment or refund that they found; it goes with what was charged or refunded. */
  gatewayId: string | null;
  /** What they saw, and where. */
  note: string;
  reason: string;
}

/** How often somebody else may come first before the caller is told so. */
export const ROUNDS = 3;

/** A decision as it is written down. */
export function newDecision<D>(
  about: Pick<NewDecision<D>, 'paymentId' | 'attemptId' | 'refundId' | 'verified'>,
  { decision, gatewayId, note, reason }: Verdict<D>,
  { actor }: ChangedBy,
): NewDecision<D> {
  const by = { decidedBy: actor.id, decidedByName: actor.name };
  return { id: newId('dec'), ...about, decision, gatewayId, note, reason, ...by };
}

/** The same decision again is no news; another one is refused, since what followed from the first cannot be undone. */
export function compareDecisions(made: string, wanted: string): Rejection | null {
  if (made === wanted) return null;
  return reject('outcome_already_decided', `It was decided already: ${made}. A decision stands.`);
}

/** Why nobody may decide yet: the gateway may still tell. */
export function mayBeTold({ detail, untilMs }: Extract<LastAnswer<unknown>, { kind: 'may_tell' }>) {
  const wait =
    untilMs === null
      ? 'Wait until it answers.'
      : `Wait for ${Math.ceil(untilMs / 60_000)} minutes, or until it has told.`;
  return reject('outcome_may_be_told', `${detail} ${wait}`);
}

/** As {@link mayBeTold}, where the gateway was to bear the evidence out. */
export function couldNotBeAsked(gateway: string, { code }: Pick<GatewayError, 'code'>): Rejection {
  const detail = `${gateway} could not be asked just now (${code}).`;
  return mayBeTold({ kind: 'may_tell', detail, untilMs: null });
}

/** Nobody decides any more: the gateway has told in the last moment. */
export function hasTold(
  what: 'payment' | 'refund',
  { gateway, status }: { gateway: string; status: string },
): Rejection {
  return reject(
    'outcome_not_unknown',
    `${gateway} has told after all, and the ${what} is ${status} now. There is nothing to decide.`,
  );
}

export function keepsChanging(): Rejection {
  return reject(
    'payment_operation_in_progress',
    'The payment keeps changing under this decision. Read it, then decide.',
  );
}
