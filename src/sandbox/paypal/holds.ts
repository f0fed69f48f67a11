import type { MovementKind } from '../journal.ts';
import { newResourceId } from './account.ts';
import type { Account, Work } from './account.ts';
import { emitAuthorization } from './events.ts';
import type { Authorization, Order } from './model.ts';

const DAY_SECONDS = 86_400;
/**
 * Funds are held for three days, and can be captured for 29.
 * Source: https://developer.paypal.com/docs/checkout/advanced/authorization-honor
 */
const HONOR_SECONDS = 3 * DAY_SECONDS;
const VALIDITY_SECONDS = 29 * DAY_SECONDS;

/** Holds `amount` for an order; a renewal lapses with the authorization that it renews. */
export function openAuthorization(
  work: Work,
  order: Order,
  amount: bigint,
  parent: Authorization | null,
): Authorization {
  const { account } = work;
  const created = account.clock.nowSeconds();
  const authorization: Authorization = {
    id: newResourceId(account),
    created,
    updated: created,
    order,
    amount,
    currency: order.unit.currency,
    status: 'CREATED',
    expiresAt: parent?.expiresAt ?? created + VALIDITY_SECONDS,
    honoredUntil: created + HONOR_SECONDS,
    hasExpired: false,
    captured: 0n,
    released: 0n,
    parent,
    renewal: null,
  };
  if (parent !== null) parent.renewal = authorization;
  order.authorizations.push(authorization);
  account.authorizations.add(authorization);
  record(account, 'authorize', authorization, amount);
  account.deadlines.add(authorization.expiresAt, () => expire(work, authorization));
  emitAuthorization(work, 'PAYMENT.AUTHORIZATION.CREATED', authorization);
  return authorization;
}

/** Takes a capture back that came to nothing: the money is held again, or let go of. */
export function undoCapture(account: Account, authorization: Authorization, amount: bigint): void {
  authorization.captured -= amount;
  if (isOpen(authorization)) {
    authorization.status = authorization.captured > 0n ? 'PARTIALLY_CAPTURED' : 'CREATED';
    return;
  }
  // Nothing more will be taken of it, so that nothing is held for that any more.
  const left = authorization.amount - authorization.captured - authorization.released;
  if (left > 0n) release(account, authorization, left);
}

/** What is still held of an authorization. */
export function heldOf(authorization: Authorization): bigint {
  const { amount, captured, released } = authorization;
  const isHeld = isOpen(authorization) && amount > captured + released;
  return isHeld ? amount - captured - released : 0n;
}

/** Counts what was captured, and lets go of the rest if that was all. */
export function take(
  work: Work,
  authorization: Authorization,
  amount: bigint,
  isFinal: boolean,
): void {
  const held = heldOf(authorization);
  authorization.captured += amount;
  authorization.status = isFinal ? 'CAPTURED' : 'PARTIALLY_CAPTURED';
  authorization.updated = work.account.clock.nowSeconds();
  if (isFinal && held > amount) release(work.account, authorization, held - amount);
}

/** Lets go of all that is held, and tells of it. */
export function letGo(work: Work, authorization: Authorization): void {
  const held = heldOf(authorization);
  authorization.status = 'VOIDED';
  authorization.updated = work.account.clock.nowSeconds();
  if (held > 0n) release(work.account, authorization, held);
  emitAuthorization(work, 'PAYMENT.AUTHORIZATION.VOIDED', authorization);
}

function expire(work: Work, authorization: Authorization): void {
  if (authorization.status === 'VOIDED' || authorization.status === 'CAPTURED') return;
  authorization.hasExpired = true;
  letGo(work, authorization);
}

function isOpen({ status }: Authorization): boolean {
  return status === 'CREATED' || status === 'PARTIALLY_CAPTURED';
}

/** Lets go of `amount`. */
export function release(account: Account, authorization: Authorization, amount: bigint): void {
  authorization.released += amount;
  record(account, 'release', authorization, amount);
}

function record(
  account: Account,
  kind: MovementKind,
  { id, order, currency }: Authorization,
  amount: bigint,
): void {
  account.journal.record({ kind, payment: order.id, charge: id, refund: null, amount, currency });
}
