import { beginPayment } from '../database/begin.ts';
import type { Payment } from '../domain/payment.ts';
import type { Currency } from '../domain/currency.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { derivedId } from '../ids.ts';
import { checkAmount } from './amount-limits.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { paymentEvent } from './describe-change.ts';
import { lookUpKey, newLease, type IdempotentRequest } from './idempotent-request.ts';
import {
  deriveGatewayKey,
  goOn,
  newAttempt,
  withAttempt,
  type Operation,
  type OperationResult,
} from './open-attempt.ts';
import { performAttempt } from './perform-attempt.ts';
import { reject, type PaymentResult, type Rejection } from './result.ts';

/** What a caller asks for. Amounts are minor units. */
export interface NewPayment {
  amount: bigint;
  currency: Currency;
  gateway: string | null;
  captureMethod: 'automatic' | 'manual';
  /** With a payment method and `confirm` the customer is charged at once. */
  paymentMethod: string | null;
  confirm: boolean;
  offSession: boolean;
  orderId: string | null;
  description: string | null;
  statementDescriptor: string | null;
  returnUrl: string | null;
  metadata: Record<string, string>;
}

/** Creates a payment at a gateway, and charges it if it is asked to. */
export async function createPayment(
  deps: PaymentDependencies,
  command: NewPayment,
  request: IdempotentRequest<PaymentResult>,
): Promise<OperationResult> {
  const gateway = chooseGateway(deps, command);
  const refused = 'kind' in gateway ? gateway : checkNewPayment(deps, command, gateway);
  if (refused) {
    // What was taken once is answered as it was then, also where it would not be taken today.
    const known = await lookUpKey(deps, request.key);
    return known ? goOn(deps, known, request, planAgain(command)) : refused;
  }

  return open(deps, command, (gateway as Gateway).name, request, 1);
}

/** Writes the payment down and makes its first call. */
async function open(
  deps: PaymentDependencies,
  command: NewPayment,
  gateway: string,
  request: IdempotentRequest<PaymentResult>,
  ordinal: number,
): Promise<OperationResult> {
  const lease = newLease(deps);
  const deploymentId = await deps.deploymentId();
  const keyFor = (operation: string) =>
    deriveGatewayKey(deploymentId, request.key, operation, ordinal);
  const createdAt = deps.clock();
  const id = derivedId('pay', keyFor('payment'));
  const draft = newPayment(command, { id, gateway, createdAt });
  const gatewayKey = keyFor('create');
  const attempt = newAttempt(draft, attemptOf(command), { ordinal, gatewayKey, createdAt });
  const payment = withAttempt(draft, attempt, draft.createdAt);
  const begun = await beginPayment(deps.db, {
    payment,
    attempt,
    events: [paymentEvent('payment.created', payment)],
    key: request.key,
    lease,
  });
  if (begun === 'ids_taken') return open(deps, command, gateway, request, ordinal + 1);
  if (begun === 'begun') {
    deps.observer.told({ type: 'payment.created', payment, refund: null });
    return performAttempt(deps, payment, attempt, request, lease);
  }
  const known = await lookUpKey(deps, request.key);
  if (known === null) throw new Error('a key that was just taken is not there');
  return goOn(deps, known, request, planAgain(command));
}

/** The gateway that was asked for, or the first that is configured. */
function chooseGateway(deps: PaymentDependencies, command: NewPayment): Gateway | Rejection {
  const [first] = deps.gateways.values();
  const name = command.gateway;
  const gateway = name === null ? first : deps.gateways.get(name);
  if (gateway) return gateway;
  if (name !== null && !deps.knownGateways.includes(name)) {
    return reject(
      'gateway_unknown',
      `There is no gateway ${JSON.stringify(name)}; there is ${deps.knownGateways.join(', ')}.`,
      'gateway',
    );
  }
  return reject(
    'gateway_not_configured',
    `${name ?? 'No gateway'} is ${name === null ? '' : 'not '}configured: its credentials are missing or incomplete. ` +
      'The start of the log says which.',
    'gateway',
  );
}

function checkNewPayment(
  deps: PaymentDependencies,
  command: NewPayment,
  gateway: Gateway,
): Rejection | null {
  const outsideLimits = checkAmount(command.amount, command.currency, deps.amountLimits);
  if (outsideLimits) return outsideLimits;
  const problem = gateway.checkAmount(command.amount, command.currency);
  if (!problem) return null;
  return problem.code === 'currency_not_supported'
    ? reject('currency_not_supported', problem.detail, 'currency')
    : reject(
        problem.code === 'amount_not_representable' ? 'amount_invalid' : problem.code,
        problem.detail,
        'amount',
      );
}

/** The payment's creation once more, unless it was confirmed, canceled or given up in another way since. */
function planAgain(command: NewPayment) {
  return (payment: Payment): Operation | Rejection =>
    payment.status === 'requires_payment_method' && payment.gatewayPaymentId === null
      ? attemptOf(command)
      : reject(
          'payment_state_conflict',
          `${payment.id} went on without this request; it is ${payment.status}. Read it, then decide.`,
        );
}

function attemptOf(command: NewPayment): Operation {
  const confirming = command.confirm && command.paymentMethod !== null;
  return {
    kind: 'operation',
    operation: 'create',
    request: {
      ...(confirming && command.paymentMethod !== null
        ? { paymentMethod: command.paymentMethod }
        : {}),
      ...(confirming && command.offSession ? { offSession: true } : {}),
      ...(command.returnUrl === null ? {} : { returnUrl: command.returnUrl }),
    },
  };
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
    amountDisputedLost: 0n,
    disputed: false,
    captureBefore: null,
    gatewayPaymentId: null,
    clientSecret: null,
    nextAction: null,
    lastError: null,
    pendingAttemptId: null,
    paymentMethod: null,
    orderId: command.orderId,
    description: command.description,
    statementDescriptor: command.statementDescriptor,
    returnUrl: command.returnUrl,
    metadata: command.metadata,
    updatedAt: made.createdAt,
    version: 1,
  };
}
