import { z } from 'zod';
import type {
  CustomerAction,
  Decline,
  FeeReport,
  PaymentMethodSummary,
  PaymentReport,
  Reference,
  RefundReport,
  SavedMethodReport,
} from '../../domain/report.ts';
import { TextTime } from '../times.ts';
import { writableFee } from '../writable-fee.ts';
import { fromPayPalMoney, Money } from './amounts.ts';
import { declineOf } from './errors.ts';
import { readOurs } from './references.ts';

const Id = z.string().min(1).max(255);
/** What PayPal keeps of a payment, or gives back with a refund; it is there once the money has moved. */
const Breakdown = z
  .object({
    paypal_fee: z.object({ currency_code: z.string(), value: z.string().max(32) }).nullish(),
  })
  .nullish()
  // Nothing else depends on it: no reason to doubt the rest.
  .catch(null);

const Capture = z.object({
  id: Id,
  status: z.enum(['COMPLETED', 'DECLINED', 'PARTIALLY_REFUNDED', 'PENDING', 'REFUNDED', 'FAILED']),
  amount: Money,
  processor_response: z.object({ response_code: z.string().nullish() }).nullish(),
  seller_receivable_breakdown: Breakdown,
});

const Authorization = z.object({
  id: Id,
  status: z.enum([
    'CREATED',
    'CAPTURED',
    'DENIED',
    'EXPIRED',
    'PARTIALLY_CAPTURED',
    'VOIDED',
    'PENDING',
  ]),
  amount: Money,
  expiration_time: TextTime.nullish(),
});

const Refund = z.object({
  id: Id,
  status: z.enum(['CANCELLED', 'FAILED', 'PENDING', 'COMPLETED']),
  status_details: z.object({ reason: z.string().nullish() }).nullish(),
  amount: Money,
  custom_id: z.string().nullish(),
  seller_payable_breakdown: Breakdown,
});

const Unit = z.object({
  amount: Money,
  custom_id: z.string().nullish(),
  payments: z
    .object({
      authorizations: z.array(Authorization).default([]),
      captures: z.array(Capture).default([]),
      refunds: z.array(Refund).default([]),
    })
    .nullish(),
});

const Source = z.looseObject({
  brand: z.string().nullish(),
  last_digits: z.string().nullish(),
  attributes: z.object({ vault: z.object({ id: Id.nullish() }).nullish() }).nullish(),
});

/** What we use of an order. */
const Order = z.object({
  id: Id,
  intent: z.enum(['CAPTURE', 'AUTHORIZE']),
  status: z.enum(['CREATED', 'SAVED', 'APPROVED', 'VOIDED', 'COMPLETED', 'PAYER_ACTION_REQUIRED']),
  purchase_units: z.tuple([Unit]),
  /** One entry, named after the kind of source. */
  payment_source: z.record(z.string(), Source).nullish(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
});

export type Order = z.infer<typeof Order>;
export type Capture = z.infer<typeof Capture>;
export type Authorization = z.infer<typeof Authorization>;

/** Reads an order as PayPal sent it. Throws where it does not have PayPal's format or contradicts itself. */
export function readOrder(json: unknown): Order {
  const order = Order.parse(json);
  standingOf(order);
  return order;
}

/** Reads a capture as PayPal sent it. Throws where it does not have PayPal's format. */
export function readCapture(json: unknown): Capture {
  return Capture.parse(json);
}

/** The authorization that counts: where one was renewed, the older ones hold nothing any more. */
export function authorizationOf(order: Order): Authorization | null {
  return paymentsOf(order).authorizations.at(-1) ?? null;
}

/** The capture that a refund can be made of. */
export function refundableCaptureOf(order: Order): Capture | null {
  return paymentsOf(order).captures.find(isTaken) ?? null;
}

/** The order as it is once `capture`, which may be known already, has been made of its authorization for good. */
export function withCapture(order: Order, capture: Capture): Order {
  const [unit] = order.purchase_units;
  const { authorizations, captures, refunds } = paymentsOf(order);
  const others = captures.filter(({ id }) => id !== capture.id);
  const used = isRefused(capture)
    ? authorizations
    : authorizations.map((each) => ({ ...each, status: 'CAPTURED' as const }));
  const payments = { authorizations: used, captures: [...others, capture], refunds };
  return { ...order, purchase_units: [{ ...unit, payments }] };
}

/** The order as it is once its authorization has been released. */
export function withoutAuthorization(order: Order): Order {
  const [unit] = order.purchase_units;
  const payments = paymentsOf(order);
  const authorizations = payments.authorizations.map((each) => ({
    ...each,
    status: 'VOIDED' as const,
  }));
  return { ...order, purchase_units: [{ ...unit, payments: { ...payments, authorizations } }] };
}

/** An order in our terms. */
export function reportOf(order: Order): PaymentReport {
  const [unit] = order.purchase_units;
  const standing = standingOf(order);
  const wasAgreed = order.status === 'APPROVED' || order.status === 'COMPLETED';
  return {
    gatewayPaymentId: order.id,
    amount: unit.amount.amount,
    currency: unit.amount.currency,
    amountCapturable: 0n,
    amountCaptured: 0n,
    captureBefore: authorizationOf(order)?.expiration_time ?? null,
    clientSecret: null,
    action: standing.status === 'requires_action' ? actionOf(order) : null,
    decline: null,
    paymentMethod: wasAgreed ? methodOf(order) : null,
    savedMethod: savedMethodOf(order),
    fee: feeOf(order),
    reference: referenceOf(unit.custom_id),
    ...standing,
  };
}

/** PayPal's fee on what was taken, in the payment's currency; `null` while it does not tell. */
function feeOf(order: Order): FeeReport | null {
  const fees = paymentsOf(order)
    .captures.filter(isTaken)
    .map((capture) => readFee(capture.seller_receivable_breakdown));
  const [first] = fees;
  if (!first) return null;
  let amount = 0n;
  for (const fee of fees) {
    if (fee?.currency !== first.currency) return null;
    amount += fee.amount;
  }
  return writableFee({ amount, currency: first.currency });
}

/** `null` where there is none, or where it is no amount that we could write down. */
function readFee(breakdown: z.infer<typeof Breakdown>): FeeReport | null {
  if (!breakdown?.paypal_fee) return null;
  try {
    return writableFee(fromPayPalMoney(breakdown.paypal_fee));
  } catch {
    return null;
  }
}

/** Every refund of an order, in our terms. */
export function refundsOf(order: Order): RefundReport[] {
  return paymentsOf(order).refunds.map((refund) => refundReport(refund, order.id));
}

/** Reads a refund as PayPal sent it. Throws where it does not have PayPal's format. */
export function readRefund(json: unknown, gatewayPaymentId: string): RefundReport {
  return refundReport(Refund.parse(json), gatewayPaymentId);
}

type Standing = Pick<PaymentReport, 'status'> &
  Partial<Pick<PaymentReport, 'amountCapturable' | 'amountCaptured' | 'decline'>>;

/** What was taken counts first, then what is held, then how far the payer has come. */
function standingOf(order: Order): Standing {
  const { captures } = paymentsOf(order);
  const authorization = authorizationOf(order);
  const amountCaptured = captures
    .filter(isTaken)
    .reduce((sum, { amount }) => sum + amount.amount, 0n);
  if (amountCaptured > 0n) return { status: 'succeeded', amountCaptured };
  if (captures.some(({ status }) => status === 'PENDING')) {
    // What PayPal still reviews is held for the capture all the same.
    return { status: 'processing', amountCapturable: authorization?.amount.amount ?? 0n };
  }
  if (authorization) return held(authorization, captures);
  const refused = captures.at(-1);
  if (refused) return { status: 'declined', decline: captureDecline(refused) };
  return agreed(order);
}

function held({ status, amount }: Authorization, captures: Capture[]): Standing {
  switch (status) {
    case 'CREATED':
      return { status: 'requires_capture', amountCapturable: amount.amount };
    case 'PENDING':
      return { status: 'processing' };
    case 'VOIDED':
    case 'EXPIRED':
      return { status: 'canceled' };
    case 'DENIED':
      return { status: 'declined', decline: declineOf('DENIED', 'The authorization was denied') };
    case 'CAPTURED':
    case 'PARTIALLY_CAPTURED': {
      const refused = captures.at(-1);
      if (!refused) throw new Error('An authorization was captured, and there is no capture');
      return { status: 'declined', decline: captureDecline(refused) };
    }
  }
}

function agreed({ status }: Order): Standing {
  switch (status) {
    case 'CREATED':
    case 'SAVED':
      return { status: 'requires_payment_method' };
    case 'PAYER_ACTION_REQUIRED':
      return { status: 'requires_action' };
    case 'APPROVED':
      return { status: 'requires_completion' };
    case 'VOIDED':
      return { status: 'canceled' };
    case 'COMPLETED':
      throw new Error('An order is completed, and nothing was authorized or captured');
  }
}

function paymentsOf({ purchase_units: [unit] }: Order) {
  return unit.payments ?? { authorizations: [], captures: [], refunds: [] };
}

function isTaken({ status }: Capture): boolean {
  return status === 'COMPLETED' || status === 'PARTIALLY_REFUNDED' || status === 'REFUNDED';
}

function isRefused({ status }: Capture): boolean {
  return status === 'DECLINED' || status === 'FAILED';
}

/** Why a capture came to nothing; `null` for one that did not. */
export function declineOfCapture(capture: Capture): Decline | null {
  return isRefused(capture) ? captureDecline(capture) : null;
}

function captureDecline({ status, processor_response: processor }: Capture): Decline {
  const code = processor?.response_code ?? status;
  return declineOf(code, `The capture is ${status.toLowerCase()}`);
}

function actionOf({ links }: Order): CustomerAction | null {
  const link =
    links.find(({ rel }) => rel === 'payer-action') ?? links.find(({ rel }) => rel === 'approve');
  return link ? { type: 'redirect_to_url', url: link.href } : null;
}

function methodOf({ payment_source: sources }: Order): PaymentMethodSummary | null {
  const [type, source] = Object.entries(sources ?? {})[0] ?? [];
  if (type === undefined) return null;
  const { brand, last_digits: digits } = source ?? {};
  return {
    type,
    brand: brand?.toLowerCase() ?? null,
    last4: digits && /^\d{4}$/.test(digits) ? digits : null,
  };
}

/** A wallet may be saved a moment after the payment: then a webhook tells, and the order when it is read again. */
function savedMethodOf({ payment_source: sources }: Order): SavedMethodReport | null {
  const id = sources?.['paypal']?.attributes?.vault?.id;
  return id ? savedWallet(id) : null;
}

/** A wallet that PayPal keeps: whose it is, is not ours to show. */
export function savedWallet(gatewayMethodId: string): SavedMethodReport {
  const unknown = { brand: null, last4: null, expiryMonth: null, expiryYear: null };
  return { gatewayMethodId, type: 'paypal', ...unknown };
}

function referenceOf(customId: string | null | undefined): Reference | null {
  const ours = readOurs(customId);
  return ours && { paymentId: ours.paymentId, attemptId: ours.attemptId };
}

const REFUND_STATUS = {
  PENDING: 'pending',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'failed',
} as const;

function refundReport(refund: z.infer<typeof Refund>, gatewayPaymentId: string): RefundReport {
  const status = REFUND_STATUS[refund.status];
  const ours = readOurs(refund.custom_id);
  return {
    gatewayRefundId: refund.id,
    gatewayPaymentId,
    status,
    amount: refund.amount.amount,
    currency: refund.amount.currency,
    failureCode: status === 'failed' ? (refund.status_details?.reason ?? refund.status) : null,
    feeReturned: readFee(refund.seller_payable_breakdown),
    refundId: ours?.refundId ?? null,
    paymentId: ours?.paymentId ?? null,
  };
}
