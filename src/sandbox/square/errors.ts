/** Every error code that the sandbox gives, and the category that Square puts it into. */
const CATEGORIES = {
  INTERNAL_SERVER_ERROR: 'API_ERROR',
  NOT_IMPLEMENTED: 'API_ERROR',
  BAD_GATEWAY: 'API_ERROR',
  SERVICE_UNAVAILABLE: 'API_ERROR',
  GATEWAY_TIMEOUT: 'API_ERROR',
  UNAUTHORIZED: 'AUTHENTICATION_ERROR',
  FORBIDDEN: 'AUTHENTICATION_ERROR',
  RATE_LIMITED: 'RATE_LIMIT_ERROR',
  BAD_REQUEST: 'INVALID_REQUEST_ERROR',
  CARD_PROCESSING_NOT_ENABLED: 'INVALID_REQUEST_ERROR',
  CARD_TOKEN_EXPIRED: 'INVALID_REQUEST_ERROR',
  CARD_TOKEN_USED: 'INVALID_REQUEST_ERROR',
  CONFLICT: 'INVALID_REQUEST_ERROR',
  CONFLICTING_PARAMETERS: 'INVALID_REQUEST_ERROR',
  CUSTOMER_NOT_FOUND: 'INVALID_REQUEST_ERROR',
  DELAYED_TRANSACTION_CANCELED: 'INVALID_REQUEST_ERROR',
  DELAYED_TRANSACTION_CAPTURED: 'INVALID_REQUEST_ERROR',
  DELAYED_TRANSACTION_EXPIRED: 'INVALID_REQUEST_ERROR',
  DELAYED_TRANSACTION_FAILED: 'INVALID_REQUEST_ERROR',
  EXPECTED_BOOLEAN: 'INVALID_REQUEST_ERROR',
  EXPECTED_INTEGER: 'INVALID_REQUEST_ERROR',
  EXPECTED_JSON_BODY: 'INVALID_REQUEST_ERROR',
  EXPECTED_OBJECT: 'INVALID_REQUEST_ERROR',
  EXPECTED_STRING: 'INVALID_REQUEST_ERROR',
  IDEMPOTENCY_KEY_REUSED: 'INVALID_REQUEST_ERROR',
  INVALID_CARD_DATA: 'INVALID_REQUEST_ERROR',
  INVALID_CURSOR: 'INVALID_REQUEST_ERROR',
  INVALID_EMAIL_ADDRESS: 'INVALID_REQUEST_ERROR',
  INVALID_ENUM_VALUE: 'INVALID_REQUEST_ERROR',
  INVALID_PHONE_NUMBER: 'INVALID_REQUEST_ERROR',
  INVALID_SQUARE_VERSION_FORMAT: 'INVALID_REQUEST_ERROR',
  INVALID_TIME: 'INVALID_REQUEST_ERROR',
  INVALID_TIME_RANGE: 'INVALID_REQUEST_ERROR',
  INVALID_VALUE: 'INVALID_REQUEST_ERROR',
  METHOD_NOT_ALLOWED: 'INVALID_REQUEST_ERROR',
  MISSING_REQUIRED_PARAMETER: 'INVALID_REQUEST_ERROR',
  NOT_FOUND: 'INVALID_REQUEST_ERROR',
  REQUEST_TIMEOUT: 'INVALID_REQUEST_ERROR',
  SANDBOX_NOT_SUPPORTED: 'INVALID_REQUEST_ERROR',
  SOURCE_EXPIRED: 'INVALID_REQUEST_ERROR',
  SOURCE_USED: 'INVALID_REQUEST_ERROR',
  UNEXPECTED_VALUE: 'INVALID_REQUEST_ERROR',
  UNKNOWN_BODY_PARAMETER: 'INVALID_REQUEST_ERROR',
  UNKNOWN_QUERY_PARAMETER: 'INVALID_REQUEST_ERROR',
  VALUE_EMPTY: 'INVALID_REQUEST_ERROR',
  VALUE_TOO_HIGH: 'INVALID_REQUEST_ERROR',
  VALUE_TOO_LONG: 'INVALID_REQUEST_ERROR',
  VALUE_TOO_LOW: 'INVALID_REQUEST_ERROR',
  VERSION_MISMATCH: 'INVALID_REQUEST_ERROR',
  ADDRESS_VERIFICATION_FAILURE: 'PAYMENT_METHOD_ERROR',
  CARD_DECLINED: 'PAYMENT_METHOD_ERROR',
  CARD_DECLINED_VERIFICATION_REQUIRED: 'PAYMENT_METHOD_ERROR',
  CARD_EXPIRED: 'PAYMENT_METHOD_ERROR',
  CVV_FAILURE: 'PAYMENT_METHOD_ERROR',
  GENERIC_DECLINE: 'PAYMENT_METHOD_ERROR',
  GIFT_CARD_AVAILABLE_AMOUNT: 'PAYMENT_METHOD_ERROR',
  INSUFFICIENT_FUNDS: 'PAYMENT_METHOD_ERROR',
  INSUFFICIENT_PERMISSIONS: 'PAYMENT_METHOD_ERROR',
  INVALID_CARD: 'PAYMENT_METHOD_ERROR',
  INVALID_EXPIRATION: 'PAYMENT_METHOD_ERROR',
  PAYMENT_LIMIT_EXCEEDED: 'PAYMENT_METHOD_ERROR',
  TRANSACTION_LIMIT: 'PAYMENT_METHOD_ERROR',
  VERIFY_AVS_FAILURE: 'PAYMENT_METHOD_ERROR',
  VERIFY_CVV_FAILURE: 'PAYMENT_METHOD_ERROR',
  PAYMENT_NOT_REFUNDABLE: 'REFUND_ERROR',
  PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE: 'REFUND_ERROR',
  REFUND_AMOUNT_INVALID: 'REFUND_ERROR',
  REFUND_ERROR_PAYMENT_NEEDS_COMPLETION: 'REFUND_ERROR',
} as const;

export type ErrorCode = keyof typeof CATEGORIES;

/** One entry of `errors`. Source: https://developer.squareup.com/docs/build-basics/handling-errors */
export type SquareError = {
  category: (typeof CATEGORIES)[ErrorCode];
  code: ErrorCode;
  detail: string;
  field?: string;
};

/**
 * An answer that is not a success. A payment that was tried and failed stands beside its errors, and
 * only such an answer is kept under the idempotency key: nothing was executed for the others.
 */
export type Refusal = { status: number; errors: readonly SquareError[]; payment?: object };

/** What came of a request: the value that answers it, or the refusal. */
export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export type Refused = { ok: false; refusal: Refusal };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** One error in the category that belongs to its code. */
export function squareError(code: ErrorCode, detail: string, field?: string): SquareError {
  const error = { category: CATEGORIES[code], code, detail };
  return field === undefined ? error : { ...error, field };
}

/** A refusal with one error; 400 unless another status is given. */
export function refuse(
  code: ErrorCode,
  detail: string,
  { field, status = 400 }: { field?: string; status?: number } = {},
): Refused {
  return { ok: false, refusal: { status, errors: [squareError(code, detail, field)] } };
}

/** Square's 404 for an id that names nothing. */
export function notFound(what: string, id: string, field?: string): Refused {
  const where = field === undefined ? {} : { field };
  return refuse('NOT_FOUND', `${what} with ID \`${id}\` not found.`, { status: 404, ...where });
}

/** Every code that the sandbox gives, with its category. */
export function errorCategories(): [string, string][] {
  return Object.entries(CATEGORIES);
}

/** Whether a word is one of the codes, as schemas carry them in the messages of their issues. */
export function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(CATEGORIES, word);
}
