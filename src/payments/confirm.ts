import type { Payment } from '../domain/payment.ts';
import { refuseDisabled } from './choose-gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { operate, type Operation, type OperationResult } from './open-attempt.ts';
import { checkPayer, findPayer, payWith, type KnownPayer, type Payer } from './payer.ts';
import { reject, type PaymentResult, type Rejection } from './result.ts';

/** With what the customer pays. */
export interface Confirmation {
  /** A token of the payment's gateway, or the id of a method that is kept for the customer. */
  paymentMethod: string;
  /** Needed for a saved method, and to save one, unless the payment knows its customer. */
  customerId: string | null;
  /** `null` leaves it as the payment says. */
  savePaymentMethod: boolean | null;
  offSession: boolean;
  returnUrl: string | null;
}

/** Charges or authorizes a payment that waits for a payment method. */
export function confirmPayment(
  deps: PaymentDependencies,
  paymentId: string,
  command: Confirmation,
  request: IdempotentRequest<PaymentResult>,
): Promise<OperationResult> {
  return operate(deps, paymentId, request, async (payment) => {
    if (payment.status !== 'requires_payment_method') {
      return reject(
        'payment_state_conflict',
        `A payment can be confirmed while it requires a payment method; this one is ${payment.status}.`,
      );
    }
    return plan(deps, payment, command, request.requestId);
  });
}

async function plan(
  deps: PaymentDependencies,
  payment: Payment,
  command: Confirmation,
  requestId: string,
): Promise<Operation | Rejection> {
  const gateway = deps.gateways.get(payment.gateway);
  if (!gateway) {
    return reject('gateway_not_configured', `${payment.gateway} is not configured any more.`);
  }
  const disabled = refuseDisabled(gateway.name, await deps.gatewayStates());
  if (disabled) return disabled;
  const { customerId } = payment;
  if (customerId !== null && (command.customerId ?? customerId) !== customerId) {
    return reject('payment_state_conflict', `The payment is ${customerId}'s already.`, 'customer');
  }
  const payer: Payer = {
    customerId: command.customerId ?? customerId,
    paymentMethod: command.paymentMethod,
    chargeDefault: false,
    savePaymentMethod: command.savePaymentMethod ?? payment.savePaymentMethod,
  };
  const known = await findPayer(deps, payer);
  if ('kind' in known) return known;
  const impossible = checkPayer(deps, known, gateway);
  if (impossible) return impossible;
  if (payment.gatewayPaymentId !== null && customerId === null && needsCustomer(known)) {
    return reject(
      'payment_state_conflict',
      `${payment.gateway} knows this payment without its customer. Create it anew with customer.`,
      'customer',
    );
  }
  const paying = await payWith(deps, known, gateway, { asksForMethod: true, requestId });
  if (paying.kind === 'rejected') return paying;
  const returnUrl = command.returnUrl ?? payment.returnUrl;
  return {
    kind: 'operation',
    // Where the gateway refused the creation there is nothing to confirm: it is created and confirmed in one call.
    operation: payment.gatewayPaymentId === null ? 'create' : 'confirm',
    request: {
      ...paying.request,
      ...(command.offSession ? { offSession: true } : {}),
      ...(returnUrl === null ? {} : { returnUrl }),
    },
    payer: { customerId: payer.customerId, savePaymentMethod: payer.savePaymentMethod },
  };
}

/** Whether what is paid with is kept for a customer, or is to be. */
function needsCustomer({ saved, savePaymentMethod }: KnownPayer): boolean {
  return saved !== null || savePaymentMethod;
}
