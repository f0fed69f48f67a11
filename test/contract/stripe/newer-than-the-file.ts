import type { Addition } from '../support/openapi.ts';

/** The part of Stripe's published file that describes the body of a POST. */
function bodyOf(path: string): string[] {
  const form = 'application/x-www-form-urlencoded';
  return ['paths', path, 'post', 'requestBody', 'content', form, 'schema', 'properties'];
}

/**
 * Fields of answers that came after the published file (API version 2023-08-16), each with the reason why it may be
 * there all the same. Nothing else may.
 */
export const NEWER_FIELDS: readonly Addition[] = [
  {
    at: ['components', 'schemas', 'payment_method_details_card', 'properties', 'capture_before'],
    value: { type: 'integer' },
    reason:
      'When an authorization lapses, from which the alert before it is timed: https://docs.stripe.com/api/charges/object',
  },
];

/** Types of events that the file does not list among those that an endpoint may ask for, each with the reason. */
export const NEWER_EVENTS: Readonly<Record<string, string>> = {
  'refund.failed':
    'Sent for every refund that fails since 2024: https://docs.stripe.com/api/events/types',
};

/** A parameter that came after the published file, with a request that carries it, as the SDK's types want it. */
export interface NewerParameter extends Addition {
  operation: string;
  example: object;
}

/** Parameters that the sandbox takes although the file does not have them. The adapter may send them too. */
export const NEWER_PARAMETERS: readonly NewerParameter[] = [
  {
    at: [...bodyOf('/v1/payment_intents'), 'allowed_payment_method_types'],
    value: { type: 'array', items: { type: 'string' } },
    reason: 'Stands in for `payment_method_types`, which went away in version 2026-09-30.endive.',
    operation: 'POST /v1/payment_intents',
    example: { amount: 2000, currency: 'usd', allowed_payment_method_types: ['card'] },
  },
  {
    at: [...bodyOf('/v1/payment_intents/{intent}/capture'), 'final_capture'],
    value: { type: 'boolean' },
    reason:
      'Tells that nothing more will be captured: https://docs.stripe.com/payments/multicapture',
    operation: 'POST /v1/payment_intents/{intent}/capture',
    example: { amount_to_capture: 2000, final_capture: true },
  },
  {
    at: [
      ...bodyOf('/v1/payment_intents'),
      'payment_method_options',
      'properties',
      'card',
      'anyOf',
      '0',
      'properties',
      'request_three_d_secure',
      'enum',
      '2',
    ],
    value: 'challenge',
    reason:
      'Asks for a challenge where it is not required: https://docs.stripe.com/payments/3d-secure',
    operation: 'POST /v1/payment_intents',
    example: {
      amount: 2000,
      currency: 'usd',
      payment_method_options: { card: { request_three_d_secure: 'challenge' } },
    },
  },
];
