import { beginPayment } from '../database/begin.ts';
import type { AttemptRequest } from '../domain/attempt.ts';
import { isSavedMethodId } from '../domain/customer.ts';
import type { Payment } from '../domain/payment.ts';
import type { Currency } from '../domain/currency.ts';
import type { GatewayConfig } from '../domain/gateway-config.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { derivedId } from '../ids.ts';
import { checkAmount, checkCurrency, narrowed } from './amount-limits.ts';
import { chooseGateway } from './choose-gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { paymentEvent } from './describe-change.ts';
import { customerNotFound } from './gateway-customer.ts';
import { lookUpKey, newLease, type IdempotentRequest } from './idempotent-request.ts';
import {
  deriveGatewayKey,
  goOn,
  newAttempt,
  withAttempt,
  type Operation,
  type OperationResult,
  type Plan,
} from './open-attempt.ts';
import { checkPayer, findPayer, methodNotFound, payWith } from './payer.ts';
import { performAttempt } from './perform-attempt.ts';
import { reject, type PaymentResult, type Rejection } from './result.ts';

/** What a caller asks for. Amounts are minor units. */
export interface NewPayment {
  amount: bigint;
  currency: Currency;
  gateway: string | null;
  captureMethod: 'automatic' | 'manual';
  /** A gateway's token, or the id of a method that is kept for the customer; with `confirm` it is charged at once. */
  paymentMethod: string | null;
  confirm: boolean;
  offSession: boolean;
  orderId: string | null;
  description: string | null;
  statementDescriptor: string | null;
  returnUrl: string | null;
  metadata: Record<string, string>;
  customerId: string | null;
  /** Whether the gateway shall keep the payment method for the customer. */
  savePaymentMethod: boolean;
}

/** Creates a payment at a gateway, and charges it if it is asked to. */
export async function createPayment(
  deps: PaymentDependencies,
  command: NewPayment,
  request: IdempotentRequest<PaymentResult>,
): Promise<OperationResult> {
  const planned = await plan(deps, command, request.requestId);
  if (planned.kind === 'planned') {
    const opened = await open(deps, command, planned, request, 1);
    if (opened) return opened;
  }
  // What was taken once is answered as it was then, also where it would not be taken today.
  const known = await lookUpKey(deps, request.key);
  if (known) return goOn(deps, known, request, planAgain(deps, command, request.requestId));
  return planned.kind === 'rejected' ? planned : payerGone(command);
}

/** A payment that can be taken, and where. */
interface Planned {
  kind: 'planned';
  gateway: string;
  request: AttemptRequest;
}

async function plan(
  deps: PaymentDependencies,
  command: NewPayment,
  requestId: string,
): Promise<Planned | Rejection> {
  const payer = await findPayer(deps, { ...command, chargeDefault: command.confirm });
  if ('kind' in payer) return payer;
  const stateOf = await deps.gatewayStates();
  const name = command.gateway ?? payer.saved?.gateway ?? null;
  const { paymentMethod } = payer;
  const gateway = chooseGateway(deps, stateOf, { name, paymentMethod });
  if ('kind' in gateway) return gateway;
  const { config } = stateOf(gateway.name);
  const impossible =
    checkNewPayment(deps, command, gateway, config) ?? checkPayer(deps, payer, gateway);
  if (impossible) return impossible;
  const asksForMethod = command.confirm;
  const paying = await payWith(deps, payer, gateway, { asksForMethod, requestId });
  if (paying.kind === 'rejected') return paying;
  return {
    kind: 'planned',
    gateway: gateway.name,
    request: {
      ...paying.request,
      ...(command.confirm && command.offSession ? { offSession: true } : {}),
      ...(command.returnUrl === null ? {} : { returnUrl: command.returnUrl }),
    },
  };
}

/**
 * Writes the payment down and makes its first call.
 *
 * @returns `null` where the customer or the saved method was taken away meanwhile
 */
async function open(
  deps: PaymentDependencies,
  command: NewPayment,
  planned: Planned,
  request: IdempotentRequest<PaymentResult>,
  ordinal: number,
): Promise<OperationResult | null> {
  const lease = newLease(deps);
  const deploymentId = await deps.deploymentId();
  const keyFor = (operation: string) =>
    deriveGatewayKey(deploymentId, request.key, operation, ordinal);
  const createdAt = deps.clock();
  const id = derivedId('pay', keyFor('payment'));
  const draft = newPayment(command, { id, gateway: planned.gateway, createdAt });
  const gatewayKey = keyFor('create');
  const attempt = newAttempt(draft, creation(planned.request), { ordinal, gatewayKey, createdAt });
  const payment = withAttempt(draft, attempt, draft.createdAt);
  const begun = await beginPayment(deps.db, {
    payment,
    attempt,
    events: [paymentEvent('payment.created', payment)],
    key: request.key,
    lease,
  });
  if (begun === 'ids_taken') return open(deps, command, planned, request, ordinal + 1);
  if (begun === 'conflict') return null;
  if (begun === 'begun') {
    deps.observer.told({ type: 'payment.created', payment, refund: null });
    return performAttempt(deps, payment, attempt, request, lease);
  }
  const known = await lookUpKey(deps, request.key);
  if (known === null) throw new Error('a key that was just taken is not there');
  return goOn(deps, known, request, planAgain(deps, command, request.requestId));
}

function creation(request: AttemptRequest): Operation {
  return { kind: 'operation', operation: 'create', request };
}

/** The payment's creation once more, unless it was confirmed, canceled or given up in another way since. */
function planAgain(deps: PaymentDependencies, command: NewPayment, requestId: string): Plan {
  return async (payment) => {
    if (payment.status !== 'requires_payment_method' || payment.gatewayPaymentId !== null) {
      return reject(
        'payment_state_conflict',
        `${payment.id} went on without this request; it is ${payment.status}. Read it, then decide.`,
      );
    }
    const again = await plan(deps, { ...command, gateway: payment.gateway }, requestId);
    return again.kind === 'rejected' ? again : creation(again.request);
  };
}

function payerGone({ customerId, paymentMethod }: NewPayment): Rejection {
  const id = customerId ?? '';
  return paymentMethod !== null && isSavedMethodId(paymentMethod)
    ? methodNotFound(id, paymentMethod)
    : customerNotFound(id);
}

function checkNewPayment(
  deps: PaymentDependencies,
  command: NewPayment,
  gateway: Gateway,
  config: GatewayConfig,
): Rejection | null {
  const { amount, currency } = command;
  const refused =
    checkAmount(amount, currency, narrowed(deps.amountLimits, config)) ??
    checkCurrency(currency, gateway.name, config);
  if (refused) return refused;
  const problem = gateway.checkAmount(amount, currency);
  if (!problem) return null;
  return problem.code === 'currency_not_supported'
    ? reject('currency_not_supported', problem.detail, 'currency')
    : reject(
        problem.code === 'amount_not_representable' ? 'amount_invalid' : problem.code,
        problem.detail,
        'amount',
      );
}

function newPayment(
  command: NewPayment,
  made: Pick<Payment, 'id' | 'gateway' | 'createdAt'>,
): Payment {
  return {
    ...made,
    status: 'requires_payment_method',
    amount: command.amount,
    currency: command.currency,
    captureMethod: command.captureMethod,
    amountCapturable: 0n,
    amountCaptured: 0n,
    amountRefunded: 0n,
    amountRefundPending: 0n,
    amountDisputed: 0n,
    amountDisputedLost: 0n,
    disputed: false,
    captureBefore: null,
    gatewayPaymentId: null,
    clientSecret: null,
    nextAction: null,
    lastError: null,
    pendingAttemptId: null,
    paymentMethod: null,
    awaitsCompletion: false,
    customerId: command.customerId,
    savePaymentMethod: command.savePaymentMethod,
    savedMethod: null,
    orderId: command.orderId,
    description: command.description,
    statementDescriptor: command.statementDescriptor,
    returnUrl: command.returnUrl,
    metadata: command.metadata,
    updatedAt: made.createdAt,
    version: 1,
  };
}
