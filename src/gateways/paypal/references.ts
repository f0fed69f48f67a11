/**
 * Our ids in PayPal's `custom_id`: `<payment>.<attempt>` of an order, `<payment>.<refund>` of a refund. A refund made
 * elsewhere may show what its capture had, so the second id tells by its prefix what it is. The point is one of the
 * few signs that the `custom_id` of a refund may have.
 */
const OURS = /^(pay_[0-9a-z]+)(?:\.(?:(att_[0-9a-z]+)|(ref_[0-9a-z]+)))?$/;

export interface OurIds {
  paymentId: string;
  attemptId: string | null;
  refundId: string | null;
}

/** The `custom_id` that names a payment of ours and one of its attempts or refunds. */
export function writeOurs(paymentId: string, attemptOrRefundId: string): string {
  return `${paymentId}.${attemptOrRefundId}`;
}

/** Our ids in a `custom_id`; `null` where it is none of ours. */
export function readOurs(customId: string | null | undefined): OurIds | null {
  const [, paymentId, attemptId = null, refundId = null] = OURS.exec(customId ?? '') ?? [];
  return paymentId === undefined ? null : { paymentId, attemptId, refundId };
}
