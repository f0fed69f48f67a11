import type { Payment } from '../domain/payment.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { chooseGateway, lotOf, refuseNewWork } from './choose-gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { failOver, type Tried } from './fail-over.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import { operate, type Operation, type OperationResult, type Plan } from './open-attempt.ts';
import { checkPayer, findPayer, payWith, type KnownPayer, type Payer } from './payer.ts';
import { reject, type PaymentResult, type Rejection } from './result.ts';

/** With what the customer pays. */
export interface Confirmation {
  /** A token of the payment's gateway, or the id of a method that is kept for the customer; `null` with several. */
  paymentMethod: string | null;
  /** Tokens of several gateways, of which one is charged; `null` where there is one. */
  paymentMethods: Readonly<Record<string, string>> | null;
  /** The kind of payment method, such as `card`, where that is known. */
  methodType: string | null;
  /** Needed for a saved method, and to save one, unless the payment knows its customer. */
  customerId: string | null;
  /** `null` leaves it as the payment says. */
  savePaymentMethod: boolean | null;
  offSession: boolean;
  returnUrl: string | null;
}

/** Charges or authorizes a payment that waits for a payment method. */
export async function confirmPayment(
  deps: PaymentDependencies,
  paymentId: string,
  command: Confirmation,
  request: IdempotentRequest<PaymentResult>,
): Promise<OperationResult> {
  const planWithout =
    (tried: Tried): Plan =>
    async (payment) => {
      if (payment.status !== 'requires_payment_method') {
        return reject(
          'payment_state_conflict',
          `A payment can be confirmed while it requires a payment method; this one is ${payment.status}.`,
        );
      }
      return plan(deps, payment, command, request.requestId, tried);
    };
  const first = await operate(deps, paymentId, request, planWithout(new Map()));
  const mayMove = () => command.paymentMethods !== null;
  return failOver(deps, first, request, { mayMove, planWithout });
}

/** Where the payment is charged, and with which token. */
interface Direction {
  kind: 'direction';
  gateway: Gateway;
  paymentMethod: string;
  way: Pick<Payment, 'gateway' | 'routing'>;
}

async function direct(
  deps: PaymentDependencies,
  payment: Payment,
  command: Confirmation,
  tried: Tried,
): Promise<Direction | Rejection> {
  const stateOf = await deps.gatewayStates();
  const { gateway: own, routing } = payment;
  const { paymentMethods } = command;
  const paymentMethod =
    paymentMethods === null ? command.paymentMethod : (paymentMethods[own] ?? null);
  const gateway = deps.gateways.get(own);
  const refused = gateway
    ? refuseNewWork(deps, own, stateOf)
    : reject('gateway_not_configured', `${own} is not configured any more.`);
  const stays = paymentMethod !== null && !tried.has(own) && refused === null;
  if (stays && gateway) {
    return { kind: 'direction', gateway, paymentMethod, way: { gateway: own, routing } };
  }
  const mayLeave = payment.gatewayPaymentId === null || (gateway && answers(deps, own));
  if (paymentMethods === null || !mayLeave) {
    return (
      refused ??
      reject('gateway_unavailable', `${own} has this payment, and cannot be asked to give it up.`)
    );
  }
  const choice = await chooseGateway(deps, stateOf, {
    amount: payment.amount,
    currency: payment.currency,
    requested: null,
    keeper: null,
    paymentMethod: null,
    paymentMethods,
    methodType: command.methodType,
    savePaymentMethod: command.savePaymentMethod ?? payment.savePaymentMethod,
    lot: lotOf(payment.id),
    tried,
  });
  if (choice.kind === 'rejected') return choice;
  const { name } = choice.gateway;
  return {
    kind: 'direction',
    gateway: choice.gateway,
    paymentMethod: paymentMethods[name] ?? '',
    way: { gateway: name, routing: choice.routing },
  };
}

/** Whether a gateway may be asked to give a payment up: one that an operator has switched off may. */
function answers(deps: PaymentDependencies, gateway: string): boolean {
  return deps.mayTryGateway(gateway) && deps.bulkhead.hasRoom(gateway);
}

async function plan(
  deps: PaymentDependencies,
  payment: Payment,
  command: Confirmation,
  requestId: string,
  tried: Tried,
): Promise<Operation | Rejection> {
  const direction = await direct(deps, payment, command, tried);
  if (direction.kind === 'rejected') return direction;
  const { gateway, paymentMethod, way } = direction;
  const { customerId } = payment;
  if (customerId !== null && (command.customerId ?? customerId) !== customerId) {
    return reject('payment_state_conflict', `The payment is ${customerId}'s already.`, 'customer');
  }
  const payer: Payer = {
    customerId: command.customerId ?? customerId,
    paymentMethod,
    chargeDefault: false,
    savePaymentMethod: command.savePaymentMethod ?? payment.savePaymentMethod,
  };
  const known = await findPayer(deps, payer);
  if ('kind' in known) return known;
  const impossible = checkPayer(deps, known, gateway);
  if (impossible) return impossible;
  if (payment.gatewayPaymentId !== null && way.gateway !== payment.gateway) {
    return leave(payment.gatewayPaymentId);
  }
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
    way,
    payer: { customerId: payer.customerId, savePaymentMethod: payer.savePaymentMethod },
  };
}

/**
 * Has the gateway give the payment up that shall be paid at another one. A browser may hold what it needs to pay there, so
 * the other one is asked only once the object is canceled.
 */
function leave(gatewayPaymentId: string): Operation {
  const request = { leaves: gatewayPaymentId, cancelReason: 'abandoned' } as const;
  return { kind: 'operation', operation: 'cancel', request };
}

/** Whether what is paid with is kept for a customer, or is to be. */
function needsCustomer({ saved, savePaymentMethod }: KnownPayer): boolean {
  return saved !== null || savePaymentMethod;
}
