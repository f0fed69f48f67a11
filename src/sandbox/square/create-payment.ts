import type { z } from 'zod';
import type { Work } from './account.ts';
import { refuse, squareError, succeed } from './errors.ts';
import type { Refused, Result, SquareError } from './errors.ts';
import { findCustomer } from './customers.ts';
import { readDelay } from './delay.ts';
import { checkTakes, findLocation } from './locations.ts';
import type { Location, Payment } from './model.ts';
import {
  address,
  choice,
  email,
  flag,
  key,
  money,
  object,
  phone,
  text,
  unsupported,
  words,
} from './parameters.ts';
import { answerPayment, capturePayment, newPayment, openPayment } from './payments.ts';
import { presentPayment } from './present.ts';
import { findSource, isVerification } from './sources.ts';
import type { Source } from './sources.ts';

/** Source: https://developer.squareup.com/reference/square/payments-api/create-payment */
export const createPaymentParameters = object({
  source_id: text(16_384),
  idempotency_key: key(),
  amount_money: money(),
  accept_partial_authorization: flag().optional(),
  autocomplete: flag().optional(),
  billing_address: address().optional(),
  buyer_email_address: email(255).optional(),
  buyer_phone_number: phone().optional(),
  customer_details: object({
    customer_initiated: flag().nullable().optional(),
    seller_keyed_in: flag().nullable().optional(),
  }).optional(),
  customer_id: words(191).optional(),
  delay_action: choice(['CANCEL', 'COMPLETE']).optional(),
  delay_duration: words(50).optional(),
  location_id: words(50).optional(),
  note: words(500).optional(),
  reference_id: words(40).optional(),
  shipping_address: address().optional(),
  statement_description_identifier: words(20).optional(),
  verification_token: words(4_096).optional(),
  app_fee_money: unsupported(),
  cash_details: unsupported(),
  external_details: unsupported(),
  offline_payment_details: unsupported(),
  order_id: unsupported(),
  team_member_id: unsupported(),
  tip_money: unsupported(),
});

type CreatePayment = z.output<typeof createPaymentParameters>;

/** The most that one payment may be, in minor units. */
const LIMIT = 5_000_000n;

/** `POST /v2/payments` */
export function createPayment(work: Work, parameters: CreatePayment): Result<object> {
  const location = checkPlace(work, parameters);
  if (!location.ok) return location;
  const customer = checkCustomer(work, parameters.customer_id);
  if (!customer.ok) return customer;
  const delay = readDelay(parameters.delay_duration);
  if (!delay.ok) return delay;
  const isPartial = parameters.accept_partial_authorization === true;
  if (isPartial && parameters.autocomplete !== false) {
    return refuse(
      'CONFLICTING_PARAMETERS',
      '`accept_partial_authorization` cannot be true when `autocomplete` is true.',
      { field: 'accept_partial_authorization' },
    );
  }
  const source = findSource(work, parameters.source_id, parameters.customer_id);
  if (!source.ok) return source;
  const verified = checkVerification(parameters.verification_token);
  if (!verified.ok) return verified;
  const { card, cardId } = source.value;
  const asked = parameters.amount_money.amount;
  const amount = isPartial && card.balance !== null && card.balance < asked ? card.balance : asked;
  const { errors, status } = judge(source.value, amount, verified.value);
  const payment = newPayment(work.account, {
    location: location.value,
    amount,
    card,
    cardId,
    errors,
    delayDuration: delay.value.text,
    delayMs: delay.value.ms,
    delayAction: parameters.delay_action ?? 'CANCEL',
    customerId: parameters.customer_id ?? null,
    referenceId: parameters.reference_id ?? null,
    note: parameters.note ?? null,
    statementDescription: parameters.statement_description_identifier ?? null,
    buyerEmail: parameters.buyer_email_address ?? null,
    billingAddress: parameters.billing_address ?? null,
    shippingAddress: parameters.shipping_address ?? null,
  });
  openPayment(work, payment);
  if (errors.length > 0) return failWith(work, payment, status);
  if (parameters.autocomplete !== false) capturePayment(work, payment);
  return answerPayment(work, payment);
}

function checkPlace(work: Work, parameters: CreatePayment): Result<Location> {
  const location = findLocation(work, parameters.location_id);
  if (!location.ok) return location;
  const takes = checkTakes(location.value, parameters.amount_money.currency);
  if (!takes.ok) return takes;
  if (parameters.amount_money.amount <= LIMIT) return location;
  return refuse('PAYMENT_LIMIT_EXCEEDED', 'The amount exceeds the processing limit.', {
    field: 'amount_money.amount',
  });
}

function checkCustomer(work: Work, id: string | undefined): Result<null> {
  if (id === undefined) return succeed(null);
  const customer = findCustomer(work, id);
  return customer.ok ? succeed(null) : customer;
}

/** Whether the token shows that the buyer was verified; a token that is none is refused. */
function checkVerification(token: string | undefined): Result<boolean> {
  if (token === undefined) return succeed(false);
  if (!token.startsWith('verf:')) {
    return refuse('INVALID_VALUE', 'Invalid verification token.', { field: 'verification_token' });
  }
  return succeed(isVerification(token));
}

/** What the issuer and Square make of a charge: no errors when it is approved. */
function judge(
  { card }: Source,
  amount: bigint,
  isVerified: boolean,
): { errors: SquareError[]; status: 400 | 402 } {
  if (card.decline !== null) {
    const { codes, status } = card.decline;
    return { errors: codes.map(authorizationError), status };
  }
  if (card.needsVerification && !isVerified) {
    return { errors: [authorizationError('CARD_DECLINED_VERIFICATION_REQUIRED')], status: 402 };
  }
  if (card.balance !== null && card.balance < amount) {
    const available = squareError('GIFT_CARD_AVAILABLE_AMOUNT', String(card.balance));
    return { errors: [authorizationError('INSUFFICIENT_FUNDS'), available], status: 400 };
  }
  return { errors: [], status: 402 };
}

function authorizationError(code: SquareError['code']): SquareError {
  return squareError(code, `Authorization error: '${code}'`);
}

/** A charge that failed is answered with its errors and, beside them, the payment that came of it. */
function failWith(work: Work, payment: Payment, status: number): Refused {
  const shown = presentPayment(payment, work.account.applicationId);
  return { ok: false, refusal: { status, errors: payment.errors, payment: shown } };
}
