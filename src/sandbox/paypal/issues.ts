/** The names that PayPal gives to its errors, with the status and message of each. */
export const ERRORS = {
  INVALID_REQUEST: {
    status: 400,
    message: 'Request is not well-formed, syntactically incorrect, or violates schema.',
  },
  AUTHENTICATION_FAILURE: {
    status: 401,
    message:
      'Authentication failed due to missing authorization header, or invalid authentication credentials.',
  },
  NOT_AUTHORIZED: {
    status: 403,
    message: 'Authorization failed due to insufficient permissions.',
  },
  RESOURCE_NOT_FOUND: { status: 404, message: 'The specified resource does not exist.' },
  RESOURCE_CONFLICT: {
    status: 409,
    message: 'The server has detected a conflict while processing this request.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: "The server does not support the request payload's media type.",
  },
  UNPROCESSABLE_ENTITY: {
    status: 422,
    message:
      'The requested action could not be performed, semantically incorrect, or failed business validation.',
  },
  RATE_LIMIT_REACHED: {
    status: 429,
    message: 'Too many requests. Blocked due to rate limiting.',
  },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'An internal server error occurred.' },
  SERVICE_UNAVAILABLE: { status: 503, message: 'Service Unavailable.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorName = keyof typeof ERRORS;

const invalid = (description: string): IssueEntry => ({ error: 'INVALID_REQUEST', description });
const unprocessable = (description: string): IssueEntry => ({
  error: 'UNPROCESSABLE_ENTITY',
  description,
});

type IssueEntry = { error: ErrorName; description: string };

/**
 * What `details[].issue` can say, with the error that it comes under. The descriptions are for
 * people: PayPal words them differently from call to call.
 */
const ISSUES = {
  INVALID_ARRAY_MAX_ITEMS: invalid('The number of items in an array parameter is too large.'),
  INVALID_ARRAY_MIN_ITEMS: invalid('The number of items in an array parameter is too small.'),
  INVALID_PARAMETER_SYNTAX: invalid(
    'The value of a field does not conform to the expected format.',
  ),
  INVALID_PARAMETER_VALUE: invalid('The value of a field is invalid.'),
  INVALID_STRING_LENGTH: invalid('The value of a field is either too short or too long.'),
  MALFORMED_REQUEST_JSON: invalid('The request JSON is not well formed.'),
  MISSING_REQUIRED_PARAMETER: invalid('A required field / parameter is missing.'),
  NOT_SUPPORTED: invalid('This field is not currently supported.'),
  PAYPAL_REQUEST_ID_REQUIRED: invalid(
    'A PayPal-Request-Id is required if you are trying to process payment for an Order.',
  ),
  FIELD_NOT_PATCHABLE: invalid('Field cannot be patched.'),
  INVALID_PATCH_OPERATION: invalid('The operation cannot be honored.'),

  INVALID_TOKEN: {
    error: 'AUTHENTICATION_FAILURE',
    description: 'The access token is unknown, expired or revoked.',
  },
  INVALID_RESOURCE_ID: {
    error: 'RESOURCE_NOT_FOUND',
    description:
      'Specified resource ID does not exist. Please check the resource ID and try again.',
  },
  PREVIOUS_REQUEST_IN_PROGRESS: {
    error: 'RESOURCE_CONFLICT',
    description: 'A previous request on this resource is currently in progress.',
  },
  DUPLICATE_REQUEST_ID: unprocessable(
    'The value of PayPal-Request-Id header has already been used with another request.',
  ),

  INVALID_CURRENCY_CODE: unprocessable('Currency code is invalid or is not currently supported.'),
  DECIMAL_PRECISION: unprocessable(
    'If the currency supports decimals, only two decimal place precision is supported.',
  ),
  DECIMALS_NOT_SUPPORTED: unprocessable('Currency does not support decimals.'),
  CANNOT_BE_ZERO_OR_NEGATIVE: unprocessable('Must be greater than zero.'),
  MAX_VALUE_EXCEEDED: unprocessable('Should be less than or equal to 999999999999999.99.'),

  ACTION_DOES_NOT_MATCH_INTENT: unprocessable(
    'The order was created with another intent than this action completes.',
  ),
  ORDER_NOT_APPROVED: unprocessable(
    'Payer has not yet approved the Order for payment. Please redirect the payer to the approval url returned as part of the HATEOAS links within the Create Order call.',
  ),
  ORDER_ALREADY_CAPTURED: unprocessable(
    "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed.",
  ),
  ORDER_ALREADY_AUTHORIZED: unprocessable(
    "Order already authorized. If 'intent=AUTHORIZE' only one authorization per order is allowed.",
  ),
  ORDER_ALREADY_COMPLETED: unprocessable('The order cannot be patched after it is completed.'),
  ORDER_CANNOT_BE_CONFIRMED: unprocessable(
    "An order with status = 'COMPLETED' cannot be confirmed again.",
  ),
  PAYMENT_ALREADY_APPROVED: unprocessable('The payment has already been approved.'),
  PAYER_ACTION_REQUIRED: unprocessable(
    'Transaction cannot complete successfully, instruct the buyer to return to PayPal.',
  ),
  INSTRUMENT_DECLINED: unprocessable(
    "The instrument presented was either declined by the processor or bank, or it can't be used for this payment.",
  ),
  DUPLICATE_INVOICE_ID: unprocessable(
    'Duplicate Invoice ID detected. The account requires that Invoice Id be unique for each transaction.',
  ),
  NO_PAYMENT_SOURCE_PROVIDED: unprocessable(
    'At least one payment method is required within the payment source.',
  ),
  AMOUNT_CHANGE_NOT_ALLOWED: unprocessable(
    'The amount specified is different from the amount authorized by payer.',
  ),
  INVALID_JSON_POINTER_FORMAT: unprocessable('Path should be a valid JSON Pointer.'),
  PATCH_VALUE_REQUIRED: unprocessable(
    "Please specify a 'value' for the field that is being patched.",
  ),
  REFERENCE_ID_NOT_FOUND: unprocessable(
    'Filter expression value is incorrect. Please check the value of the reference_id and try again.',
  ),

  AUTHORIZATION_ALREADY_CAPTURED: unprocessable('Authorization has previously been captured.'),
  AUTHORIZATION_EXPIRED: unprocessable('An expired authorization cannot be captured.'),
  AUTHORIZATION_VOIDED: unprocessable('A voided authorization cannot be captured or reauthorized.'),
  AUTH_CAPTURE_CURRENCY_MISMATCH: unprocessable(
    'Currency of capture must be the same as currency of authorization.',
  ),
  AUTH_CURRENCY_MISMATCH: unprocessable(
    'The currency of a reauthorization must be that of the original authorization.',
  ),
  MAX_CAPTURE_AMOUNT_EXCEEDED: unprocessable(
    'Capture amount exceeds allowable limit. The default overage limit is 115%, which allows the sum of all captures to be up to 115% of the order amount.',
  ),
  PREVIOUSLY_CAPTURED: unprocessable(
    'Authorization has been previously captured and hence cannot be voided.',
  ),
  PREVIOUSLY_VOIDED: unprocessable(
    'Authorization has been previously voided and hence cannot be voided again.',
  ),
  CANNOT_BE_VOIDED: unprocessable(
    'A reauthorization cannot be voided. Please void the original parent authorization.',
  ),
  REAUTHORIZATION_NOT_SUPPORTED: unprocessable(
    'A reauthorize cannot be attempted on an authorization_id that is the result of a prior reauthorization.',
  ),
  REAUTHORIZATION_TOO_SOON: unprocessable(
    'A reauthorization is only allowed once from day four to day 29 since the date of the original authorization.',
  ),

  CAPTURE_FULLY_REFUNDED: unprocessable('The capture has already been fully refunded.'),
  PENDING_CAPTURE: unprocessable('Cannot initiate a refund as the capture is pending.'),
  REFUND_AMOUNT_EXCEEDED: unprocessable(
    'The refund amount must be less than or equal to the capture amount that has not yet been refunded.',
  ),
  REFUND_CAPTURE_CURRENCY_MISMATCH: unprocessable(
    'Refund must be in the same currency as the capture.',
  ),
  REFUND_NOT_ALLOWED: unprocessable('Capture cannot be refunded.'),
  REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK: unprocessable(
    'Refunds are not allowed on this capture due to a chargeback on the card or bank.',
  ),
  REFUND_TIME_LIMIT_EXCEEDED: unprocessable(
    'You are over the time limit to perform a refund on this capture.',
  ),
  TRANSACTION_DISPUTED: unprocessable(
    'Refunds cannot be offered at this time because there is an open case on this transaction.',
  ),
  REFUND_FAILED_INSUFFICIENT_FUNDS: unprocessable(
    'Capture could not be refunded due to insufficient funds.',
  ),

  TRANSACTION_REFUSED: unprocessable('The request was refused.'),
  PAYER_CANNOT_PAY: unprocessable('Payer cannot pay for this transaction.'),
  PAYER_ACCOUNT_RESTRICTED: unprocessable('PAYER_ACCOUNT_RESTRICTED'),
  PAYEE_ACCOUNT_RESTRICTED: unprocessable('The merchant account is restricted.'),
  TRANSACTION_LIMIT_EXCEEDED: unprocessable('Total payment amount exceeded transaction limit.'),
  COMPLIANCE_VIOLATION: unprocessable('Transaction is declined due to compliance violation.'),

  SETUP_TOKEN_NOT_APPROVED: unprocessable('The payer has not approved the setup token.'),
  SETUP_TOKEN_ALREADY_USED: unprocessable('The setup token was exchanged before.'),
  DISPUTE_ALREADY_RESOLVED: unprocessable('The dispute is resolved: nothing can be done about it.'),
} as const satisfies Record<string, IssueEntry>;

export type Issue = keyof typeof ISSUES;

/** What is known of an issue. */
export function issueEntry(issue: Issue): IssueEntry {
  return ISSUES[issue];
}

/** Whether `name` is an issue that the sandbox knows. */
export function isIssue(name: string): name is Issue {
  return Object.hasOwn(ISSUES, name);
}
