import type { PaymentRouting } from '../domain/payment-routing.ts';
import { expectedFeeOf, feeCurrencyOf } from '../domain/payment-fee.ts';
import type { Payment } from '../domain/payment.ts';
import type { Refund } from '../domain/refund.ts';

/** A payment as the API shows it. Amounts are minor units. */
export type PaymentView = ReturnType<typeof presentPayment>;
/** A refund as the API shows it. */
export type RefundView = ReturnType<typeof presentRefund>;

/** A payment as events tell it: without what lets a browser confirm it. */
export function presentPayment(payment: Payment) {
  return {
    id: payment.id,
    object: 'payment' as const,
    status: payment.status,
    amount: Number(payment.amount),
    currency: payment.currency,
    capture_method: payment.captureMethod,
    amount_capturable: Number(payment.amountCapturable),
    amount_captured: Number(payment.amountCaptured),
    amount_refunded: Number(payment.amountRefunded),
    amount_refund_pending: Number(payment.amountRefundPending),
    disputed: payment.disputed,
    amount_disputed: Number(payment.amountDisputed),
    amount_disputed_lost: Number(payment.amountDisputedLost),
    capture_before: payment.captureBefore?.toISOString() ?? null,
    gateway: payment.gateway,
    gateway_payment_id: payment.gatewayPaymentId,
    next_action: payment.nextAction,
    last_error: payment.lastError && {
      code: payment.lastError.code,
      gateway_code: payment.lastError.gatewayCode,
      message: payment.lastError.message,
    },
    customer: payment.customerId,
    payment_method: payment.paymentMethod,
    save_payment_method: payment.savePaymentMethod,
    order_id: payment.orderId,
    description: payment.description,
    statement_descriptor: payment.statementDescriptor,
    return_url: payment.returnUrl,
    metadata: payment.metadata,
    created_at: payment.createdAt.toISOString(),
    updated_at: payment.updatedAt.toISOString(),
  };
}

/** A payment as its owner's server sees it, with what a browser needs to confirm it through the gateway's script. */
export function presentPaymentForCheckout(payment: Payment, publishableKey: string | null) {
  return {
    ...presentPayment(payment),
    routing: payment.routing && presentRouting(payment.routing),
    ...presentFees(payment),
    client_secret: payment.clientSecret,
    publishable_key: publishableKey,
  };
}

/** What the payment costs, as far as it is known. Events leave it out: it is often told later than they are. */
function presentFees(payment: Payment) {
  const expected = expectedFeeOf(payment);
  return {
    fee_expected: expected === null ? null : Number(expected),
    fee_actual: payment.feeActual === null ? null : Number(payment.feeActual),
    fee_returned: Number(payment.feeReturned),
    fee_disputes: Number(payment.feeDisputes),
    fee_currency: feeCurrencyOf(payment),
  };
}

/** Why a payment goes where it goes. Only its owner is told: events leave it out. */
export function presentRouting(routing: PaymentRouting) {
  const { by, strategy, rule, policyVersion, considered } = routing;
  return {
    decided_by: by,
    strategy,
    rule,
    policy_version: policyVersion,
    considered: considered.map(({ gateway, rank, expectedFee, passedOver }) => ({
      gateway,
      rank,
      expected_fee: expectedFee === null ? null : Number(expectedFee),
      passed_over: passedOver,
    })),
  };
}

/** A refund, for answers and events alike. */
export function presentRefund(refund: Refund) {
  return {
    id: refund.id,
    object: 'refund' as const,
    payment_id: refund.paymentId,
    status: refund.status,
    amount: Number(refund.amount),
    currency: refund.currency,
    reason: refund.reason,
    gateway: refund.gateway,
    gateway_refund_id: refund.gatewayRefundId,
    failure_code: refund.failureCode,
    source: refund.source,
    fee_returned: Number(refund.feeReturned),
    metadata: refund.metadata,
    created_at: refund.createdAt.toISOString(),
    updated_at: refund.updatedAt.toISOString(),
  };
}
