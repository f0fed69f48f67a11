import type { FileAddition, FurtherIssue } from './published-files.ts';

/**
 * What answers and events have although the published files (February 2024) do not say so, each with the reason why it
 * may be there all the same. Nothing else may.
 */
export const NEWER_FIELDS: readonly FileAddition[] = [
  {
    in: 'vault',
    at: ['components', 'schemas', 'payment_token_response', 'properties', 'time_created'],
    value: { type: 'string' },
    reason:
      'Events about saved methods carry it: https://developer.paypal.com/docs/checkout/save-payment-methods/',
  },
  {
    in: 'vault',
    at: ['components', 'schemas', 'payment_token_response', 'properties', 'metadata'],
    value: { type: 'object', properties: { order_id: { type: 'string' } } },
    reason:
      'It names the order with which the method was saved: https://developer.paypal.com/docs/checkout/save-payment-methods/',
  },
];

/** Values that requests may have although the published files do not list them. */
export const NEWER_VALUES: readonly FileAddition[] = [
  {
    in: 'orders',
    at: ['components', 'schemas', 'token', 'properties', 'type', 'enum', '1'],
    value: 'PAYMENT_METHOD_TOKEN',
    reason:
      'What the current reference names for a token of the vault: https://developer.paypal.com/docs/api/orders/v2/',
  },
  {
    in: 'vault',
    at: ['components', 'schemas', 'token_id_request', 'properties', 'type', 'enum', '1'],
    value: 'SETUP_TOKEN',
    reason:
      'What the current reference names for exchanging a setup token: https://developer.paypal.com/docs/api/payment-tokens/v3/',
  },
];

const EVERY_ORDER_CALL = [
  '422',
  'orders.authorize-422',
  'orders.capture-422',
  'orders.confirm-422',
];

/** Issues that errors tell of although the files do not list them for the call. */
export const FURTHER_ISSUES: readonly FurtherIssue[] = [
  {
    in: 'orders',
    schemas: EVERY_ORDER_CALL,
    issue: 'DUPLICATE_REQUEST_ID',
    reason: 'A request id was used for another request: the reference lists it among the errors.',
  },
  {
    in: 'payments',
    schemas: ['422', 'captures.refund-422', 'authorizations.void-422'],
    issue: 'DUPLICATE_REQUEST_ID',
    reason: 'As for orders.',
  },
  {
    in: 'orders',
    schemas: ['401'],
    issue: 'INVALID_TOKEN',
    reason: 'The files know no token that lapsed, which happens every nine hours.',
  },
  {
    in: 'payments',
    schemas: ['401'],
    issue: 'INVALID_TOKEN',
    reason: 'As for orders.',
  },
  {
    in: 'orders',
    schemas: ['orders.authorize-422'],
    issue: 'INSTRUMENT_DECLINED',
    reason: 'Holding money can be declined as well as taking it; the file lists it for the latter.',
  },
  {
    in: 'orders',
    schemas: ['orders.capture-422'],
    issue: 'ACTION_DOES_NOT_MATCH_INTENT',
    reason: 'The file lists it for authorizing an order that is to be captured, not the other way.',
  },
  {
    in: 'payments',
    schemas: ['authorizations.reauthorize-422'],
    issue: 'REAUTHORIZATION_TOO_SOON',
    reason:
      'Renewing is allowed after the honour period only: https://developer.paypal.com/docs/checkout/advanced/authorization-honor',
  },
];

/** Answers that the files describe for no call of an API, whatever it is: a token that lapsed, a call that is not known. */
export const UNDESCRIBED_STATUSES: Readonly<Record<string, readonly number[]>> = {
  '/v3/vault/': [401, 409, 415],
};

/** Resources of events that no file describes. */
export const UNDESCRIBED_EVENTS: readonly string[] = [
  // A notice of its own shape: it names the order as `order_id`.
  'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
  // Version 1 of the API, of which no file is published any more.
  'PAYMENT.SALE.COMPLETED',
  'PAYMENT.SALE.REFUNDED',
  'PAYMENT.SALE.REVERSED',
];
