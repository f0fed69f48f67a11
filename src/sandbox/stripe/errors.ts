/** Stripe's types of error that this sandbox gives. */
export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

/** The `error` object of Stripe's answers; `payment_intent` and `payment_method` are presented. */
export type ErrorBody = {
  type: ErrorType;
  message: string;
  code?: string;
  decline_code?: string;
  doc_url?: string;
  param?: string;
  charge?: string;
  payment_intent?: object;
  payment_method?: object;
  request_log_url?: string;
};

/**
 * An answer that is not a success. `executed` tells whether the request got past validation: only
 * then is the answer kept under its idempotency key, as at Stripe.
 */
export type Refusal = { status: number; executed: boolean; error: ErrorBody };

/** What came of a request: the value that answers it, or the refusal. */
export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A refusal before anything was executed: a parameter is missing, unknown or wrong. */
export function invalidRequest(
  message: string,
  details: { code?: string; param?: string; status?: number } = {},
): { ok: false; refusal: Refusal } {
  const { status = 400, ...named } = details;
  return {
    ok: false,
    refusal: {
      status,
      executed: false,
      error: { type: 'invalid_request_error', message, ...named, ...documentation(named.code) },
    },
  };
}

/** A refusal that the state of an object led to, hence one that is kept under its key. */
export function stateRefusal(
  message: string,
  details: { code?: string; param?: string; status?: number; payment_intent?: object } = {},
): { ok: false; refusal: Refusal } {
  const refused = invalidRequest(message, details);
  return { ok: false, refusal: { ...refused.refusal, executed: true } };
}

/** Stripe's 404 for an id that names nothing. */
export function noSuch(object: string, id: string, param: string, status = 404) {
  const message = `No such ${object}: '${id}'`;
  return invalidRequest(message, { code: 'resource_missing', param, status });
}

/** The link to the description of an error code, which Stripe adds to every error with a code. */
export function documentation(code: string | undefined): { doc_url?: string } {
  if (code === undefined) return {};
  return { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` };
}
