import { digitsOf } from './currencies.ts';
import type { Capture } from './model.ts';

/**
 * PayPal's fee on a payment through its wallet: 3.49 %, halves rounded up, and a fixed part of 49
 * minor units, or 40 where there are no decimals; never more than the payment itself.
 * Source: https://www.paypal.com/us/business/paypal-business-fees
 */
export function processingFee({ amount, currency }: { amount: bigint; currency: string }): bigint {
  const fixed = digitsOf(currency) === 0 ? 40n : 49n;
  const fee = (amount * 349n + 5_000n) / 10_000n + fixed;
  return fee < amount ? fee : amount;
}

/** What was refunded of a capture or is on its way back. */
export function refundedOf(capture: Capture): bigint {
  return capture.refunds.reduce(
    (sum, refund) => (refund.status === 'FAILED' ? sum : sum + refund.amount),
    0n,
  );
}

/** What disputes that were lost took back of a capture. */
export function lostOf(capture: Capture): bigint {
  return capture.disputes.reduce(
    (sum, dispute) =>
      dispute.outcome === 'RESOLVED_BUYER_FAVOUR' || dispute.outcome === 'ACCEPTED'
        ? sum + dispute.amount
        : sum,
    0n,
  );
}

/** What of a capture could still be refunded. */
export function refundableOf(capture: Capture): bigint {
  return capture.amount - refundedOf(capture) - lostOf(capture);
}
