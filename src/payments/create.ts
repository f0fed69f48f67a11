import { beginPayment } from '../database/begin.ts';
import type { AttemptRequest } from '../domain/attempt.ts';
import { isSavedMethodId } from '../domain/customer.ts';
import type { Payment } from '../domain/payment.ts';
import type { Currency } from '../domain/currency.ts';
import type { PaymentRouting } from '../domain/payment-routing.ts';
import { derivedId } from '../ids.ts';
import { chooseGateway, lotOf } from './choose-gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { feeTermsAt } from './gateway-terms.ts';
import { paymentEvent } from './describe-change.ts';
import { failOver, type Tried, type WayOut } from './fail-over.ts';
import { customerNotFound } from './gateway-customer.ts';
import { lookUpKey, newLease, type IdempotentRequest } from './idempotent-request.ts';
import { deriveGatewayKey } from './gateway-key.ts';
import {
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
  /** Tokens of several gateways, of which one is charged; `null` where it was not said so. */
  paymentMethods: Readonly<Record<string, string>> | null;
  /** The kind of payment method that the customer is going to use, such as `card`, where that is known. */
  methodType: string | null;
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
  const id = await paymentIdFor(deps, request, 1);
  const lot = lotOf(id);
  const planFor: PlanNext = (tried) => plan(deps, { ...command, lot }, request.requestId, tried);
  const wayOut: WayOut = {
    // Where the caller or a payment method says which gateway it is, no other one is asked.
    mayMove: ({ routing }) => routing?.by === 'policy',
    planWithout: (tried) => planAgain(planFor, tried),
  };
  const planned = await planFor(new Map());
  if (planned.kind === 'planned') {
    const opened = await open(deps, command, planned, request, { id, ordinal: 1 });
    if (opened) return failOver(deps, opened, request, wayOut);
  }
  // What was taken once is answered as it was then, also where it would not be taken today.
  const known = await lookUpKey(deps, request.key);
  if (known) {
    const goneOn = await goOn(deps, known, request, wayOut.planWithout(new Map()));
    return failOver(deps, goneOn, request, wayOut);
  }
  return planned.kind === 'rejected' ? planned : payerGone(command);
}

/** A payment that can be taken, and where. */
interface Planned {
  kind: 'planned';
  gateway: string;
  routing: PaymentRouting;
  request: AttemptRequest;
}

type PlanNext = (tried: Tried) => Promise<Planned | Rejection>;

async function plan(
  deps: PaymentDependencies,
  command: NewPayment & { lot: number },
  requestId: string,
  tried: Tried,
): Promise<Planned | Rejection> {
  const { paymentMethods, confirm } = command;
  // With tokens of several gateways it is the choice that says with which of them is paid.
  const known = await findPayer(deps, { ...command, chargeDefault: confirm && !paymentMethods });
  if ('kind' in known) return known;
  const stateOf = await deps.gatewayStates();
  const choice = await chooseGateway(deps, stateOf, {
    ...command,
    requested: command.gateway,
    keeper: known.saved?.gateway ?? null,
    tried,
  });
  if (choice.kind === 'rejected') return choice;
  const { gateway, routing } = choice;
  const paymentMethod = paymentMethods
    ? (paymentMethods[gateway.name] ?? null)
    : known.paymentMethod;
  const payer = { ...known, paymentMethod };
  const impossible = checkPayer(deps, payer, gateway);
  if (impossible) return impossible;
  const paying = await payWith(deps, payer, gateway, { asksForMethod: confirm, requestId });
  if (paying.kind === 'rejected') {
    const passes = paying.code === 'gateway_unavailable' || paying.code === 'overloaded';
    if (!passes || routing.by !== 'policy') return paying;
    const next = await plan(
      deps,
      command,
      requestId,
      new Map([...tried, [gateway.name, paying.detail]]),
    );
    return next.kind === 'rejected' ? paying : next;
  }
  return {
    kind: 'planned',
    gateway: gateway.name,
    routing,
    request: {
      ...paying.request,
      ...(confirm && command.offSession ? { offSession: true } : {}),
      ...(command.returnUrl === null ? {} : { returnUrl: command.returnUrl }),
    },
  };
}

async function paymentIdFor(
  deps: PaymentDependencies,
  { key }: IdempotentRequest<PaymentResult>,
  ordinal: number,
): Promise<string> {
  return derivedId('pay', deriveGatewayKey(await deps.deploymentId(), key, 'payment', ordinal));
}

/**
 * Writes the payment down and makes its first call.
 *
 * @returns `null` where another request has the key already, or where the customer or the saved method was taken away
 *   meanwhile
 */
async function open(
  deps: PaymentDependencies,
  command: NewPayment,
  planned: Planned,
  request: IdempotentRequest<PaymentResult>,
  { id, ordinal }: { id: string; ordinal: number },
): Promise<OperationResult | null> {
  const lease = newLease(deps);
  const deploymentId = await deps.deploymentId();
  const createdAt = deps.clock();
  const { gateway, routing } = planned;
  const feeTerms = feeTermsAt(await deps.gatewayStates(), gateway, command.currency);
  const draft = newPayment(command, { id, gateway, routing, feeTerms, createdAt });
  const gatewayKey = deriveGatewayKey(deploymentId, request.key, 'create', ordinal);
  const attempt = newAttempt(draft, creation(planned), { ordinal, gatewayKey, createdAt });
  const payment = withAttempt(draft, attempt, draft.createdAt);
  const opened = await deps.bulkhead.within(gateway, async () => {
    const begun = await beginPayment(deps.db, {
      payment,
      attempt,
      events: [paymentEvent('payment.created', payment)],
      key: request.key,
      lease,
    });
    if (begun !== 'begun') return begun;
    deps.observer.told({ type: 'payment.created', payment, refund: null });
    return performAttempt(deps, payment, attempt, request, lease);
  });
  if (typeof opened === 'object') return opened;
  if (opened === 'ids_taken') {
    const next = ordinal + 1;
    const nextId = await paymentIdFor(deps, request, next);
    return open(deps, command, planned, request, { id: nextId, ordinal: next });
  }
  return null;
}

function creation({
  request,
  gateway,
  routing,
}: Pick<Planned, 'request' | 'gateway' | 'routing'>): Operation {
  return { kind: 'operation', operation: 'create', request, way: { gateway, routing } };
}

/** The payment's creation once more, unless it was confirmed, canceled or given up in another way since. */
function planAgain(planFor: PlanNext, tried: Tried): Plan {
  return async (payment) => {
    if (payment.status !== 'requires_payment_method' || payment.gatewayPaymentId !== null) {
      return reject(
        'payment_state_conflict',
        `${payment.id} went on without this request; it is ${payment.status}. Read it, then decide.`,
      );
    }
    const again = await planFor(tried);
    return again.kind === 'rejected' ? again : creation(again);
  };
}

function payerGone({ customerId, paymentMethod }: NewPayment): Rejection {
  const id = customerId ?? '';
  return paymentMethod !== null && isSavedMethodId(paymentMethod)
    ? methodNotFound(id, paymentMethod)
    : customerNotFound(id);
}

function newPayment(
  command: NewPayment,
  made: Pick<Payment, 'id' | 'gateway' | 'routing' | 'feeTerms' | 'createdAt'>,
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
    feeActual: null,
    feeCurrency: null,
    feeReturned: 0n,
    feeDisputes: 0n,
    updatedAt: made.createdAt,
    version: 1,
  };
}
