import { z } from 'zod';
import type { Decline, DeclineCode } from '../../domain/report.ts';
import type { GatewayError } from '../gateway.ts';
import { UNREADABLE } from '../json-answer.ts';
import { parseStorableJson } from '../storable-json.ts';
import type { Exchange } from '../transport.ts';

type Answered = Extract<Exchange, { kind: 'answered' }>;

/** What a call that did not succeed came to. */
export type Failure =
  | {
      kind: 'declined';
      decline: Decline;
      /** Where the payer can put it right, if PayPal says so. */
      payerActionUrl: string | null;
      error: GatewayError;
    }
  | {
      kind: 'refused';
      error: GatewayError;
      /** The order stands elsewhere than the call needs, so that the order itself tells more. */
      isOfState: boolean;
    }
  | { kind: 'unknown'; error: GatewayError };

/** PayPal's errors: https://developer.paypal.com/api/rest/responses/ and, of its OAuth server, RFC 6749. */
const ErrorBody = z.object({
  name: z.string().nullish(),
  error: z.string().nullish(),
  message: z.string().nullish(),
  error_description: z.string().nullish(),
  debug_id: z.string().nullish(),
  details: z
    .array(
      z.object({
        issue: z.string().nullish(),
        description: z.string().nullish(),
        field: z.string().nullish(),
      }),
    )
    .nullish(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).nullish(),
});

type ErrorBody = z.infer<typeof ErrorBody>;

/** What PayPal refuses before it looks at anything, or because what it found does not allow it. */
const REFUSALS: ReadonlyMap<number, GatewayError['category']> = new Map([
  [400, 'invalid_request'],
  [403, 'authentication'],
  [404, 'invalid_request'],
  [405, 'invalid_request'],
  [406, 'invalid_request'],
  [415, 'invalid_request'],
  [422, 'invalid_request'],
]);

/** Decided before anything is executed, whatever the body says. */
const SURE_REFUSALS: ReadonlyMap<number, GatewayError['category']> = new Map([
  [401, 'authentication'],
  [429, 'rate_limited'],
]);

/** A request on the same order or with the same id is running or was another one: that one may take money. */
const IN_DOUBT: ReadonlySet<string> = new Set(
  'DUPLICATE_REQUEST_ID ORDER_COMPLETION_IN_PROGRESS PREVIOUS_REQUEST_IN_PROGRESS'.split(' '),
);

/** Said of the order or authorization, which stands elsewhere than the call needs. */
const OF_STATE: ReadonlySet<string> = new Set(
  (
    'AUTHORIZATION_ALREADY_CAPTURED AUTHORIZATION_DENIED AUTHORIZATION_EXPIRED AUTHORIZATION_VOIDED ' +
    'MAX_AUTHORIZATION_COUNT_EXCEEDED MAX_CAPTURE_COUNT_EXCEEDED ORDER_ALREADY_AUTHORIZED ORDER_ALREADY_CAPTURED ORDER_ALREADY_COMPLETED ' +
    'ORDER_CANNOT_BE_CONFIRMED ORDER_COMPLETED_OR_VOIDED ORDER_IS_PENDING_APPROVAL ORDER_NOT_APPROVED ' +
    'PAYMENT_ALREADY_APPROVED PREVIOUSLY_CAPTURED PREVIOUSLY_VOIDED'
  ).split(' '),
);

/** Decides what an exchange came to that is no success. Never claims more than is certain. */
export function failureOf(exchange: Exchange): Failure {
  if (exchange.kind !== 'answered') return withoutAnswer(exchange);
  const { status } = exchange;
  const sure = SURE_REFUSALS.get(status);
  const body = readErrorBody(exchange.body);
  if (sure) return refused(sure, body ?? {}, exchange);
  if (body === null) {
    return gatewayFault(UNREADABLE, `An answer ${status} that is none of PayPal's`, exchange);
  }
  const code = codeOf(body);
  if (status === 409 || (status === 422 && IN_DOUBT.has(code))) {
    return { kind: 'unknown', error: errorOf('key_conflict', body, exchange) };
  }
  if ((status === 422 && DECLINE_OF.has(code)) || isOfSource(status, body)) {
    return {
      kind: 'declined',
      decline: declineOf(code, messageOf(body)),
      payerActionUrl: payerActionUrlOf(body),
      error: errorOf('invalid_request', body, exchange),
    };
  }
  const category = REFUSALS.get(status);
  if (category) return refused(category, body, exchange);
  return { kind: 'unknown', error: errorOf('gateway_fault', body, exchange) };
}

/** An answer that arrived and does not tell what happened. */
export function gatewayFault(
  code: string,
  message: string,
  answer: Pick<Answered, 'status' | 'headers'>,
): Failure & { kind: 'unknown' } {
  return {
    kind: 'unknown',
    error: {
      category: 'gateway_fault',
      code,
      message: message.slice(0, MAX_MESSAGE),
      httpStatus: answer.status,
      gatewayRequestId: debugIdOf(answer),
    },
  };
}

/** A refusal by ourselves, before anything was sent. */
export function notAsked(code: string, message: string): { kind: 'refused'; error: GatewayError } {
  const error = { code, message, httpStatus: null, gatewayRequestId: null };
  return { kind: 'refused', error: { category: 'invalid_request', ...error } };
}

const MAX_MESSAGE = 500;

function refused(
  category: GatewayError['category'],
  body: ErrorBody,
  answer: Answered,
): Failure & { kind: 'refused' } {
  const isOfState = answer.status === 422 && OF_STATE.has(codeOf(body));
  return { kind: 'refused', error: errorOf(category, body, answer), isOfState };
}

/** What is not there may be the saved method with which a payment was to be made. */
function isOfSource(status: number, { details }: ErrorBody): boolean {
  return status === 404 && (details?.[0]?.field ?? '').includes('payment_source');
}

function withoutAnswer({ kind, code, message }: Exclude<Exchange, Answered>): Failure {
  const error = { code, message, httpStatus: null, gatewayRequestId: null };
  return kind === 'not_sent'
    ? { kind: 'refused', error: { category: 'unreachable', ...error }, isOfState: false }
    : { kind: 'unknown', error: { category: 'no_answer', ...error } };
}

function errorOf(
  category: GatewayError['category'],
  body: ErrorBody,
  answer: Answered,
): GatewayError {
  return {
    category,
    code: codeOf(body),
    message: messageOf(body).slice(0, MAX_MESSAGE),
    httpStatus: answer.status,
    gatewayRequestId: body.debug_id ?? debugIdOf(answer),
  };
}

/** The issue says more than the name of the error, which only groups them. */
function codeOf({ details, name, error }: ErrorBody): string {
  return details?.[0]?.issue || name || error || UNREADABLE;
}

function messageOf({ details, message, error_description: description }: ErrorBody): string {
  return details?.[0]?.description || message || description || '';
}

function payerActionUrlOf({ links }: ErrorBody): string | null {
  return links?.find(({ rel }) => rel === 'payer-action')?.href ?? null;
}

function readErrorBody(text: string): ErrorBody | null {
  try {
    const body = ErrorBody.parse(parseStorableJson(text));
    return codeOf(body) === UNREADABLE ? null : body;
  } catch {
    return null;
  }
}

/** PayPal's id for the exchange, which its support asks for. */
export function debugIdOf({ headers }: Pick<Answered, 'headers'>): string | null {
  const id = headers['paypal-debug-id'];
  return typeof id === 'string' ? id : null;
}

/**
 * Those of PayPal's issues that say no to the payer's means, to the payer or to the amount.
 * Sources: https://developer.paypal.com/api/rest/reference/orders/v2/errors/ and .../payments/v2/errors/
 */
const DECLINES: Partial<Record<DeclineCode, string>> = {
  card_declined:
    'ALIAS_DECLINED_BY_PROCESSOR COMPLIANCE_VIOLATION DECLINED DECLINED_DUE_TO_RELATED_TXN DENIED FAILED ' +
    'INSTRUMENT_DECLINED PAYER_CANNOT_PAY PAYMENT_DENIED PAYMENT_SOURCE_DECLINED_BY_PROCESSOR TRANSACTION_REFUSED',
  insufficient_funds: 'REFUND_FAILED_INSUFFICIENT_FUNDS',
  expired_card: 'CARD_EXPIRED INVALID_EXPIRY_DATE REFERENCED_CARD_EXPIRED',
  incorrect_cvc: 'INVALID_SECURITY_CODE_LENGTH',
  incorrect_postal_code: 'BILLING_ADDRESS_INVALID',
  authentication_required: 'PAYER_ACTION_REQUIRED',
  fraud_suspected: 'PAYEE_BLOCKED_TRANSACTION TRANSACTION_BLOCKED_BY_PAYEE',
  limit_exceeded:
    'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED TRANSACTION_LIMIT_EXCEEDED TRANSACTION_RECEIVING_LIMIT_EXCEEDED',
  card_not_supported:
    'CARD_BRAND_NOT_SUPPORTED CARD_TYPE_NOT_SUPPORTED DOMESTIC_TRANSACTION_REQUIRED PAYMENT_SOURCE_NOT_SUPPORTED',
  currency_not_supported:
    'CURRENCY_NOT_SUPPORTED_FOR_BANK CURRENCY_NOT_SUPPORTED_FOR_CARD_TYPE CURRENCY_NOT_SUPPORTED_FOR_COUNTRY',
  duplicate_transaction: 'DUPLICATE_INVOICE_ID',
  payment_method_not_usable:
    'AGREEMENT_ALREADY_CANCELLED BILLING_AGREEMENT_NOT_FOUND INVALID_RESOURCE_ID PAYER_ACCOUNT_LOCKED_OR_CLOSED ' +
    'PAYER_ACCOUNT_RESTRICTED PAYMENT_SOURCE_CANNOT_BE_USED PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED ' +
    'PAYPAL_TRANSACTION_ID_EXPIRED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING TOKEN_EXPIRED TOKEN_ID_NOT_FOUND',
};

const DECLINE_OF: ReadonlyMap<string, DeclineCode> = new Map(
  (Object.entries(DECLINES) as [DeclineCode, string][]).flatMap(([code, issues]) =>
    issues.split(' ').map((issue): [string, DeclineCode] => [issue, code]),
  ),
);

/** Normalises a decline. One that is not known is a decline all the same. */
export function declineOf(gatewayCode: string, message: string): Decline {
  return { code: DECLINE_OF.get(gatewayCode) ?? 'card_declined', gatewayCode, message };
}
