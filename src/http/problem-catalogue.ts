/** One kind of problem that the API can answer with. */
export interface ProblemKind {
  status: number;
  /** The same in every answer of this kind, for people (RFC 9457, section 3.1.3). */
  title: string;
  /** What to do about it; the detail of an answer that has nothing more exact to say. */
  remedy: string;
  /** Sent as `Retry-After` unless the answer knows better. */
  retryAfterSeconds?: number;
}

/**
 * Every problem that the API can answer with, by its code. The catalogue is closed: a code, once published, keeps its
 * meaning and its status.
 */
export const PROBLEMS = {
  // The request as such
  invalid_json: {
    status: 400,
    title: 'The body is not JSON',
    remedy: 'Send one JSON value in UTF-8.',
  },
  malformed_request: {
    status: 400,
    title: 'The request is not valid HTTP',
    remedy: 'Send a complete HTTP/1.1 request.',
  },
  invalid_url: {
    status: 400,
    title: 'The URL is malformed',
    remedy: 'Percent-encode the path and the query as UTF-8 (RFC 3986).',
  },
  uri_too_long: {
    status: 414,
    title: 'A part of the URL is too long',
    remedy: 'Shorten it: ids have at most 100 characters.',
  },
  header_too_large: {
    status: 431,
    title: 'The headers are too large',
    remedy: 'Send at most 16 KiB of headers, the first line included.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    remedy: 'Send the whole request within 30 seconds.',
  },
  body_too_large: { status: 413, title: 'The body is too large', remedy: 'Send at most 64 KiB.' },
  unsupported_media_type: {
    status: 415,
    title: 'The media type is not supported',
    remedy: 'Send the body as application/json, without a content encoding.',
  },
  route_not_found: {
    status: 404,
    title: 'There is nothing at this path',
    remedy: 'Compare the path with the API reference at /docs.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    remedy: 'Use one of the methods that the Allow header lists.',
  },
  invalid_request: {
    status: 422,
    title: 'The request is not as it should be',
    remedy: 'Compare the body with the API reference at /docs.',
  },
  parameter_missing: { status: 422, title: 'A parameter is missing', remedy: 'Send it.' },
  parameter_invalid: {
    status: 422,
    title: 'A parameter is not valid',
    remedy: 'Compare the parameter with the API reference at /docs.',
  },
  parameter_unknown: {
    status: 422,
    title: 'A parameter is unknown',
    remedy: 'Remove the parameter, or check its spelling.',
  },
  card_number_refused: {
    status: 422,
    title: 'Card numbers are not accepted',
    remedy:
      "Card numbers must never reach this server: have the gateway's own script turn the card into a token in the " +
      'browser, and send that token.',
  },

  // Who asks
  unauthorized: {
    status: 401,
    title: 'No valid credentials',
    remedy: 'Send an API key, or the token of an operator, as "Authorization: Bearer ...".',
  },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    remedy:
      'Use a key with the scope, or the token of an operator with the role, that the detail names.',
  },

  // Webhooks, as operators see them
  webhook_not_found: {
    status: 404,
    title: 'There is no such webhook',
    remedy: 'Check the id: GET /api/v1/admin/webhooks lists them.',
  },
  webhook_under_way: {
    status: 409,
    title: 'The webhook is worked on, or waits to be',
    remedy: 'Wait for what comes of it: due_at says when it is tried next.',
  },
  webhook_payload_dropped: {
    status: 409,
    title: 'What the gateway sent is kept no longer',
    remedy: 'Read the payment from its gateway instead: POST /api/v1/payments/{id}/sync.',
  },

  // Gateways, as operators have them
  reconciliation_not_found: {
    status: 404,
    title: 'There is no such comparison',
    remedy: 'Check the id: GET /api/v1/admin/reconciliation/runs lists them.',
  },
  reconciliation_running: {
    status: 409,
    title: 'Another period of this gateway is being compared',
    remedy: 'Wait until it ends: GET /api/v1/admin/reconciliation/runs shows how far it is.',
  },
  settlement_not_supported: {
    status: 422,
    title: 'The gateway does not tell what it settled',
    remedy: 'Compare by hand with the statements that the gateway sends.',
  },
  difference_not_found: {
    status: 404,
    title: 'There is no such difference',
    remedy: 'Check the id: GET /api/v1/admin/reconciliation/differences lists them.',
  },
  difference_matched: {
    status: 409,
    title: 'Nothing differs any more',
    remedy: 'Leave it: a later run has found that both sides say the same.',
  },
  difference_closed: {
    status: 409,
    title: 'The difference is closed',
    remedy: 'Leave it: it opens by itself should a run find that its sides have changed.',
  },
  gateway_not_found: {
    status: 404,
    title: 'There is no such gateway',
    remedy: 'Name one that GET /api/v1/gateways lists.',
  },
  precondition_failed: {
    status: 412,
    title: 'It has changed since you read it',
    remedy: 'Read it again, and send the change with its new ETag as If-Match.',
  },

  // API keys and operators
  api_key_not_found: {
    status: 404,
    title: 'There is no such API key',
    remedy: 'Check the id: it begins with key_.',
  },
  api_key_not_active: {
    status: 409,
    title: 'The API key works no more',
    remedy: 'Make a new key: only one that works can be replaced.',
  },
  operator_not_found: {
    status: 404,
    title: 'There is no such operator',
    remedy: 'Check the id: it begins with op_.',
  },
  operator_name_taken: {
    status: 409,
    title: 'Another operator has this name',
    remedy: 'Choose another name, or disable the operator who has it.',
  },
  operator_disabled: {
    status: 409,
    title: 'The operator is disabled',
    remedy: 'Add the operator anew: disabling is for good.',
  },
  operator_token_not_found: {
    status: 404,
    title: 'The operator has no such token',
    remedy: 'Check the id: it begins with opt_.',
  },

  // Idempotency
  idempotency_key_missing: {
    status: 400,
    title: 'The Idempotency-Key is missing',
    remedy:
      'Send an Idempotency-Key header: a new random value for every new operation, the same one when repeating it.',
  },
  idempotency_key_invalid: {
    status: 400,
    title: 'The Idempotency-Key is not valid',
    remedy: 'Send one Idempotency-Key header of 1 to 255 printable ASCII characters.',
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'A request with this Idempotency-Key is still running',
    remedy: 'Repeat the request after the time that Retry-After says, with the same key.',
    retryAfterSeconds: 1,
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    remedy: 'Use a new key for a new request, or send exactly what was sent first.',
  },

  // Amounts, currencies, gateways
  amount_invalid: {
    status: 422,
    title: 'The amount is not valid',
    remedy: 'Send a positive whole number of minor units, such as 1250 for 12.50.',
  },
  amount_too_small: {
    status: 422,
    title: 'The amount is too small',
    remedy: 'Send a larger amount, in minor units of the currency.',
  },
  amount_too_large: {
    status: 422,
    title: 'The amount is too large',
    remedy: 'Send a smaller amount, in minor units of the currency.',
  },
  currency_unknown: {
    status: 422,
    title: 'The currency is unknown',
    remedy: 'Send an ISO 4217 code in capitals, such as EUR.',
  },
  currency_not_supported: {
    status: 422,
    title: 'The gateway does not take this currency',
    remedy: 'Choose another currency or another gateway.',
  },
  gateway_unknown: {
    status: 422,
    title: 'There is no such gateway',
    remedy: 'Leave gateway out, or name one that the API reference lists.',
  },
  gateway_disabled: {
    status: 422,
    title: 'The gateway is switched off',
    remedy: 'Choose another gateway, or leave gateway out.',
  },
  gateway_not_configured: {
    status: 422,
    title: 'The gateway has no credentials',
    remedy: 'Choose another gateway, or have an operator configure this one.',
  },

  // Payments and refunds
  payment_not_found: {
    status: 404,
    title: 'There is no such payment',
    remedy: 'Check the id: it begins with pay_.',
  },
  refund_not_found: {
    status: 404,
    title: 'There is no such refund',
    remedy: 'Check the id: it begins with ref_.',
  },
  payment_state_conflict: {
    status: 409,
    title: "The payment's status does not allow this",
    remedy: 'Read the payment and act on the status that it has now.',
  },
  payment_operation_in_progress: {
    status: 409,
    title: 'Another operation on this payment is still running',
    remedy: 'Repeat the request after the time that Retry-After says, with the same key.',
    retryAfterSeconds: 1,
  },
  outcome_not_unknown: {
    status: 409,
    title: 'The outcome is not unknown',
    remedy: 'Read the payment: there is nothing to decide.',
  },
  outcome_may_be_told: {
    status: 409,
    title: 'The gateway may still tell the outcome',
    remedy: 'Wait: only what no gateway can tell any more is decided by people.',
  },
  outcome_already_decided: {
    status: 409,
    title: 'The outcome was decided the other way',
    remedy:
      'Read the timeline of the payment: a decision stands. What is wrong with it is put right by a refund.',
  },
  evidence_contradicted: {
    status: 409,
    title: 'The gateway contradicts the evidence',
    remedy: "Look it up in the gateway's dashboard once more, by the reference of this payment.",
  },
  capture_exceeds_authorized: {
    status: 422,
    title: 'The capture is larger than what is authorized',
    remedy: 'Capture at most amount_capturable.',
  },
  refund_exceeds_captured: {
    status: 422,
    title: 'The refund is larger than what is left',
    remedy: 'Refund at most what was captured and is neither refunded nor being refunded.',
  },
  payment_disputed: {
    status: 409,
    title: 'The payment is disputed',
    remedy: 'Wait for the end of the dispute: what may be lost in it is not refunded as well.',
  },
  dispute_not_found: {
    status: 404,
    title: 'There is no such dispute',
    remedy: 'Check the id: it begins with dis_.',
  },
  payment_declined: {
    status: 402,
    title: 'The payment was declined',
    remedy: 'Ask the customer for another payment method. Nothing was charged.',
  },
  gateway_refused: {
    status: 422,
    title: 'The gateway refused the request',
    remedy: 'Read the detail and change the request. Nothing was charged.',
  },
  gateway_unavailable: {
    status: 503,
    title: 'The gateway cannot be reached',
    remedy: 'Repeat the request with the same Idempotency-Key. Nothing was charged.',
    retryAfterSeconds: 5,
  },
  no_gateway_available: {
    status: 503,
    title: 'No gateway takes the payment now',
    remedy: 'Repeat the request with the same Idempotency-Key in a moment. Nothing was charged.',
    retryAfterSeconds: 5,
  },
  gateway_rejected_credentials: {
    status: 502,
    title: "The gateway does not accept Tender's credentials",
    remedy: 'Have an operator check the credentials of this gateway. Nothing was charged.',
  },

  // Customers and what is kept for them
  customer_not_found: {
    status: 404,
    title: 'There is no such customer',
    remedy: 'Check the id: it begins with cus_. A customer who was deleted does not come back.',
  },
  customer_reference_taken: {
    status: 409,
    title: 'Another customer has this reference',
    remedy: 'Find the customer with GET /api/v1/customers?reference=..., or use another reference.',
  },
  payment_method_not_found: {
    status: 404,
    title: 'The customer has no such payment method',
    remedy: 'Read the payment methods of the customer and use one of them.',
  },
  payment_method_of_another_gateway: {
    status: 422,
    title: 'The payment method belongs to another gateway',
    remedy: 'Charge it at the gateway that made it, or leave gateway out.',
  },
  payment_method_declined: {
    status: 402,
    title: 'The payment method was declined',
    remedy: 'Ask the customer for another payment method. Nothing was saved.',
  },
  capability_not_supported: {
    status: 422,
    title: 'The gateway cannot do this',
    remedy: 'Use another gateway: GET /api/v1/gateways says which has the capability.',
  },

  // Webhooks of the gateways
  webhook_gateway_unknown: {
    status: 404,
    title: 'No such gateway sends webhooks here',
    remedy: "Check the last part of the webhook's URL in the gateway's dashboard.",
  },
  webhook_signature_missing: {
    status: 400,
    title: 'The webhook is not signed',
    remedy: "Check that nothing on the way strips the gateway's signature header.",
  },
  webhook_signature_invalid: {
    status: 400,
    title: "The webhook's signature does not fit",
    remedy: 'Check the webhook secret, and that nothing on the way changes the body.',
  },
  webhook_timestamp_out_of_tolerance: {
    status: 400,
    title: "The webhook's timestamp is too old or in the future",
    remedy: 'Check the clock of this server; a repeated delivery must be signed anew.',
  },
  webhook_certificate_untrusted: {
    status: 400,
    title: 'The certificate of the webhook is not to be trusted',
    remedy: 'It has to come from the gateway itself: compare the endpoint and its environment.',
  },
  webhook_verification_unavailable: {
    status: 503,
    title: 'The webhook cannot be verified just now',
    remedy: 'Send it again later.',
    retryAfterSeconds: 30,
  },
  webhook_body_invalid: {
    status: 400,
    title: "The webhook's body cannot be understood",
    remedy: 'Check that the URL receives webhooks of this gateway only.',
  },

  // The state of the service
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait as long as Retry-After says.',
    retryAfterSeconds: 1,
  },
  maintenance: {
    status: 503,
    title: 'Maintenance: no new payments for the moment',
    remedy: 'Repeat the request later, with the same Idempotency-Key. Reading works meanwhile.',
    retryAfterSeconds: 60,
  },
  overloaded: {
    status: 503,
    title: 'Too busy',
    remedy:
      'Repeat the request after the time that Retry-After says, with the same Idempotency-Key.',
    retryAfterSeconds: 1,
  },
  draining: {
    status: 503,
    title: 'This server is about to stop',
    remedy: 'Repeat the request on a new connection, with the same Idempotency-Key.',
    retryAfterSeconds: 1,
  },
  service_unavailable: {
    status: 503,
    title: 'The database cannot be reached',
    remedy:
      'Repeat the request after the time that Retry-After says, with the same Idempotency-Key.',
    retryAfterSeconds: 2,
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    remedy:
      'Repeat the request with the same Idempotency-Key; if it fails again, tell us the request_id.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Whether `code` is in the catalogue. */
export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code);
}
