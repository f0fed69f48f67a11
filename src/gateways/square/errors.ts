import { z } from 'zod';
import type { Decline, DeclineCode } from '../../domain/report.ts';
import type { GatewayError } from '../gateway.ts';
import { UNREADABLE } from '../json-answer.ts';
import { parseStorableJson } from '../storable-json.ts';
import type { Exchange } from '../transport.ts';

type Answered = Extract<Exchange, { kind: 'answered' }>;

/** What a call that did not succeed came to. */
export type Failure =
  | { kind: 'declined'; decline: Decline; error: GatewayError }
  | { kind: 'refused'; error: GatewayError }
  | { kind: 'unknown'; error: GatewayError };

/** https://developer.squareup.com/docs/build-basics/general-considerations/handling-errors */
const ErrorBody = z.object({
  errors: z
    .array(z.object({ category: z.string(), code: z.string(), detail: z.string().nullish() }))
    .min(1),
  /** A payment that failed comes beside the errors; it is over and took nothing. */
  payment: z.object({ status: z.string() }).nullish(),
});

type SquareError = z.infer<typeof ErrorBody>['errors'][number];

/** The key belongs to another request, or to one that is still running: that one may take money. */
const KEY_CONFLICTS: ReadonlySet<string> = new Set(['IDEMPOTENCY_KEY_REUSED', 'CONFLICT']);

/** Tokens of cards can be used once. */
const TOKEN_USED = 'CARD_TOKEN_USED';

/** Square asks for the same call again after these, so that the first may still be carried out. */
const IN_DOUBT: ReadonlySet<string> = new Set(['TEMPORARY_ERROR', 'REQUEST_TIMEOUT']);

/** Longer ones help nobody, and are kept with the attempt. */
const MAX_MESSAGE = 500;

/**
 * What the issuer, or Square in its place, says no with, whatever category Square puts it into.
 * Source: https://developer.squareup.com/reference/square/enums/ErrorCode
 */
const DECLINES: ReadonlyMap<string, DeclineCode> = new Map<string, DeclineCode>([
  ['ACCOUNT_UNUSABLE', 'payment_method_not_usable'],
  ['ADDRESS_VERIFICATION_FAILURE', 'incorrect_postal_code'],
  ['ALLOWABLE_PIN_TRIES_EXCEEDED', 'limit_exceeded'],
  ['AMOUNT_TOO_HIGH', 'amount_not_allowed'],
  ['APPLE_TTP_PIN_TOKEN', 'authentication_required'],
  ['BAD_EXPIRATION', 'expired_card'],
  ['BUYER_REFUSED_PAYMENT', 'card_declined'],
  ['CARDHOLDER_INSUFFICIENT_PERMISSIONS', 'card_declined'],
  ['CARD_DECLINED', 'card_declined'],
  ['CARD_DECLINED_CALL_ISSUER', 'card_declined'],
  ['CARD_DECLINED_VERIFICATION_REQUIRED', 'authentication_required'],
  ['CARD_EXPIRED', 'expired_card'],
  ['CARD_MISMATCH', 'payment_method_not_usable'],
  ['CARD_NOT_SUPPORTED', 'card_not_supported'],
  ['CARD_PRESENCE_REQUIRED', 'card_not_supported'],
  ['CHIP_INSERTION_REQUIRED', 'card_not_supported'],
  ['CURRENCY_MISMATCH', 'currency_not_supported'],
  ['CVV_FAILURE', 'incorrect_cvc'],
  ['EXPIRATION_FAILURE', 'expired_card'],
  ['GENERIC_DECLINE', 'card_declined'],
  ['GIFT_CARD_AVAILABLE_AMOUNT', 'insufficient_funds'],
  ['INSUFFICIENT_FUNDS', 'insufficient_funds'],
  ['INSUFFICIENT_PERMISSIONS', 'card_declined'],
  ['INVALID_ACCOUNT', 'incorrect_number'],
  ['INVALID_CARD', 'incorrect_number'],
  ['INVALID_CARD_DATA', 'payment_method_not_usable'],
  ['INVALID_ENCRYPTED_CARD', 'payment_method_not_usable'],
  ['INVALID_EXPIRATION', 'expired_card'],
  ['INVALID_EXPIRATION_DATE', 'expired_card'],
  ['INVALID_EXPIRATION_YEAR', 'expired_card'],
  ['INVALID_FEES', 'amount_not_allowed'],
  ['INVALID_LOCATION', 'card_not_supported'],
  ['INVALID_PIN', 'authentication_failed'],
  ['INVALID_POSTAL_CODE', 'incorrect_postal_code'],
  ['MANUALLY_ENTERED_PAYMENT_NOT_SUPPORTED', 'card_not_supported'],
  ['MISSING_ACCOUNT_TYPE', 'card_not_supported'],
  ['MISSING_PIN', 'authentication_required'],
  ['PAN_FAILURE', 'incorrect_number'],
  ['PAYMENT_AMOUNT_MISMATCH', 'amount_not_allowed'],
  ['PAYMENT_LIMIT_EXCEEDED', 'limit_exceeded'],
  ['READER_DECLINED', 'card_declined'],
  ['REFUND_DECLINED', 'card_declined'],
  ['RESERVATION_DECLINED', 'card_declined'],
  ['TEMPORARY_ERROR', 'processing_error'],
  ['TRANSACTION_LIMIT', 'limit_exceeded'],
  ['UNSUPPORTED_CARD_BRAND', 'card_not_supported'],
  ['UNSUPPORTED_ENTRY_METHOD', 'card_not_supported'],
  ['UNSUPPORTED_INSTRUMENT_TYPE', 'card_not_supported'],
  ['VERIFY_AVS_FAILURE', 'incorrect_postal_code'],
  ['VERIFY_CVV_FAILURE', 'incorrect_cvc'],
  ['VOICE_FAILURE', 'card_declined'],
]);

/** Decides what an exchange came to that is no success. Never claims more than is certain. */
export function failureOf(exchange: Exchange): Failure {
  if (exchange.kind !== 'answered') return withoutAnswer(exchange);
  const body = readErrors(exchange.body);
  const { status } = exchange;
  if (status === 401) return refused('authentication', body?.errors[0], exchange);
  if (status === 429) return refused('rate_limited', body?.errors[0], exchange);
  if (!body)
    return gatewayFault(UNREADABLE, `An answer ${status} that is none of Square's`, exchange);
  const first = body.errors[0] as SquareError;
  const hasFailed = body.payment?.status === 'FAILED';
  const isOpen = IN_DOUBT.has(first.code) || Boolean(body.payment);
  if (status >= 500 || status === 408 || first.category === 'API_ERROR' || (isOpen && !hasFailed)) {
    return gatewayFault(first.code, first.detail ?? first.code, exchange);
  }
  if (body.errors.some(({ code }) => KEY_CONFLICTS.has(code))) {
    return { kind: 'unknown', error: errorOf('key_conflict', first, exchange) };
  }
  if (hasFailed || first.category === 'PAYMENT_METHOD_ERROR' || DECLINES.has(first.code)) {
    const error = errorOf('invalid_request', first, exchange);
    return { kind: 'declined', decline: declineOf(first.code, first.detail), error };
  }
  if (first.code === TOKEN_USED) return refused('method_used', first, exchange);
  const category = first.category === 'AUTHENTICATION_ERROR' ? 'authentication' : 'invalid_request';
  return refused(category, first, exchange);
}

/** The normalised reason of a decline, with Square's own code beside it. */
export function declineOf(code: string, detail: string | null | undefined): Decline {
  return {
    code: DECLINES.get(code) ?? 'card_declined',
    gatewayCode: code,
    message: (detail ?? code).slice(0, MAX_MESSAGE),
  };
}

/** An answer that does not tell what was executed. */
export function gatewayFault(
  code: string,
  message: string,
  exchange: Answered,
): Failure & { kind: 'unknown' } {
  const said = { code, message: message.slice(0, MAX_MESSAGE) };
  return { kind: 'unknown', error: { category: 'gateway_fault', ...said, ...origin(exchange) } };
}

/** Refused by ourselves, before anything was sent. */
export function refusedHere(code: string, message: string): Failure & { kind: 'refused' } {
  const none = { httpStatus: null, gatewayRequestId: null };
  return { kind: 'refused', error: { category: 'invalid_request', code, message, ...none } };
}

function withoutAnswer({ kind, code, message }: Exclude<Exchange, Answered>): Failure {
  const none = { httpStatus: null, gatewayRequestId: null };
  return kind === 'not_sent'
    ? { kind: 'refused', error: { category: 'unreachable', code, message, ...none } }
    : { kind: 'unknown', error: { category: 'no_answer', code, message, ...none } };
}

function refused(
  category: GatewayError['category'],
  error: SquareError | undefined,
  exchange: Answered,
): Failure {
  return { kind: 'refused', error: errorOf(category, error, exchange) };
}

function errorOf(
  category: GatewayError['category'],
  error: SquareError | undefined,
  exchange: Answered,
): GatewayError {
  const code = error?.code ?? String(exchange.status);
  const message = (error?.detail ?? code).slice(0, MAX_MESSAGE);
  return { category, code, message, ...origin(exchange) };
}

function origin({ status, headers }: Answered) {
  const id = headers['square-request-id'] ?? headers['x-request-id'];
  return { httpStatus: status, gatewayRequestId: typeof id === 'string' ? id : null };
}

function readErrors(body: string): z.infer<typeof ErrorBody> | null {
  try {
    return ErrorBody.safeParse(parseStorableJson(body)).data ?? null;
  } catch {
    return null;
  }
}
