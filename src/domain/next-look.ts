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
 * In how many milliseconds somebody has to look at a payment again though nothing was heard of it; `null` where nothing
 * can follow. It is a span, and no moment, as the clock of whoever asks may be wrong, and work is due by the database's.
 *
 * A payment with a pending operation needs no look of its own: the attempt behind it has one.
 *
 * @param actionExpiryMs how long a payment may wait for its customer, in milliseconds
 */
export function nextLookInMs(
  payment: Payment,
  { actionExpiryMs, now }: { actionExpiryMs: number; now: Date },
): number | null {
  if (payment.pendingAttemptId !== null) return null;
  switch (payment.status) {
    case 'requires_payment_method':
      return expiryLookInMs(payment.createdAt.getTime() + actionExpiryMs - now.getTime());
    case 'requires_action':
      return Math.min(
        expiryLookInMs(payment.createdAt.getTime() + actionExpiryMs - now.getTime()),
        ACTION_LOOK_MS,
      );
    case 'processing':
      return payment.awaitsCompletion ? COMPLETION_LOOK_MS : HOUR_MS;
    case 'requires_capture':
      return captureLookInMs(payment.captureBefore, now);
    case 'succeeded':
    case 'canceled':
    case 'failed':
      return null;
  }
}

/** An end that has come and did not work out is tried again, ever more rarely: the gateway may be away for long. */
function expiryLookInMs(leftMs: number): number {
  return leftMs > 0 ? leftMs : Math.min(Math.max(-leftMs / 4, MINUTE_MS), DAY_MS);
}

/** First to warn, then to see that the gateway let the authorization go. */
function captureLookInMs(captureBefore: Date | null, now: Date): number {
  if (captureBefore === null) return DAY_MS;
  const leftMs = captureBefore.getTime() - now.getTime();
  const untilWarningMs = leftMs - CAPTURE_WARNING_MS;
  return untilWarningMs > 0 ? untilWarningMs : Math.max(leftMs, 0) + HOUR_MS;
}
