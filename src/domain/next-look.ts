import type { Payment } from './payment.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When to see whether a customer has acted, should the gateway's webhook not have told, in milliseconds. */
const ACTION_LOOK_MS = 5 * MINUTE_MS;

/** When to ask again for a charge that the gateway refused for the moment, while its customer waits, in milliseconds. */
const COMPLETION_LOOK_MS = 10_000;

/** How long before an authorization ends its owner is told, in milliseconds. */
export const CAPTURE_WARNING_MS = DAY_MS;

/**
 * When somebody has to look at a payment again though nothing was heard of it; `null` where nothing can follow.
 *
 * A payment with a pending operation needs no look of its own: the attempt behind it has one.
 *
 * @param actionExpiryMs how long a payment may wait for its customer
 */
export function nextLook(
  payment: Payment,
  { actionExpiryMs, now }: { actionExpiryMs: number; now: Date },
): Date | null {
  if (payment.pendingAttemptId !== null) return null;
  switch (payment.status) {
    case 'requires_payment_method':
      return expiryLook(new Date(payment.createdAt.getTime() + actionExpiryMs), now);
    case 'requires_action':
      return earlier(
        expiryLook(new Date(payment.createdAt.getTime() + actionExpiryMs), now),
        new Date(now.getTime() + ACTION_LOOK_MS),
      );
    case 'processing':
      return new Date(now.getTime() + (payment.awaitsCompletion ? COMPLETION_LOOK_MS : HOUR_MS));
    case 'requires_capture':
      return captureLook(payment.captureBefore, now);
    case 'succeeded':
    case 'canceled':
    case 'failed':
      return null;
  }
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

/** An end that has come and did not work out is tried again, ever more rarely: the gateway may be away for long. */
function expiryLook(expiresAt: Date, now: Date): Date {
  const overdueMs = now.getTime() - expiresAt.getTime();
  if (overdueMs < 0) return expiresAt;
  return new Date(now.getTime() + Math.min(Math.max(overdueMs / 4, MINUTE_MS), DAY_MS));
}

/** First to warn, then to see that the gateway let the authorization go. */
function captureLook(captureBefore: Date | null, now: Date): Date {
  if (captureBefore === null) return new Date(now.getTime() + DAY_MS);
  const warnAt = captureBefore.getTime() - CAPTURE_WARNING_MS;
  if (now.getTime() < warnAt) return new Date(warnAt);
  return new Date(Math.max(captureBefore.getTime(), now.getTime()) + HOUR_MS);
}
