import type { z } from 'zod';
import {
  amount,
  choice,
  clearableText,
  expand,
  flag,
  hash,
  list,
  metadata,
  text,
  unsettable,
} from './parameters.ts';
import { paymentMethodData } from './payment-methods.ts';

/**
 * The parameters of the calls on payment intents. A parameter that Stripe has and this sandbox
 * does not is refused as unknown, so that nothing is ever accepted and silently ignored.
 * Source: https://docs.stripe.com/api/payment_intents
 */
const captureMethod = choice(['automatic', 'automatic_async', 'manual']);

const cardOptions = hash({
  capture_method: choice(['', 'manual']).optional(),
  network: choice([
    'amex',
    'cartes_bancaires',
    'diners',
    'discover',
    'eftpos_au',
    'interac',
    'jcb',
    'mastercard',
    'unionpay',
    'unknown',
    'visa',
  ]).optional(),
  request_three_d_secure: choice(['any', 'automatic', 'challenge']).optional(),
  setup_future_usage: choice(['', 'none', 'off_session', 'on_session']).optional(),
});

const paymentMethodOptions = hash({ card: unsettable(cardOptions).optional() });

/** What creating, updating and confirming have in common. */
const shared = {
  capture_method: captureMethod.optional(),
  expand: expand(),
  payment_method: text().optional(),
  payment_method_data: paymentMethodData.optional(),
  payment_method_options: paymentMethodOptions.optional(),
  payment_method_types: list(text()).optional(),
  allowed_payment_method_types: list(text()).optional(),
};

/** How a payment is confirmed, at its creation or later. */
const confirmation = {
  error_on_requires_action: flag().optional(),
  off_session: choice(['true', 'false', 'one_off', 'recurring']).optional(),
  return_url: text().optional(),
  use_stripe_sdk: flag().optional(),
};

export const createIntentParameters = hash({
  ...shared,
  ...confirmation,
  amount: amount(),
  currency: text(),
  automatic_payment_methods: hash({
    enabled: flag(),
    allow_redirects: choice(['always', 'never']).optional(),
  }).optional(),
  confirm: flag().optional(),
  confirmation_method: choice(['automatic', 'manual']).optional(),
  customer: text().optional(),
  description: clearableText(1000).optional(),
  metadata: metadata().optional(),
  receipt_email: clearableText().optional(),
  setup_future_usage: choice(['off_session', 'on_session']).optional(),
  statement_descriptor: text(22).optional(),
  statement_descriptor_suffix: text(22).optional(),
  transfer_group: text().optional(),
});

export const updateIntentParameters = hash({
  ...shared,
  amount: amount().optional(),
  currency: text().optional(),
  customer: text().optional(),
  description: clearableText(1000).optional(),
  metadata: unsettable(metadata()).optional(),
  receipt_email: clearableText().optional(),
  setup_future_usage: choice(['', 'off_session', 'on_session']).optional(),
  statement_descriptor: text(22).optional(),
  statement_descriptor_suffix: text(22).optional(),
  transfer_group: text().optional(),
});

export const confirmIntentParameters = hash({
  ...shared,
  ...confirmation,
  client_secret: text().optional(),
  receipt_email: clearableText().optional(),
  setup_future_usage: choice(['', 'off_session', 'on_session']).optional(),
});

export const captureIntentParameters = hash({
  amount_to_capture: amount().optional(),
  expand: expand(),
  final_capture: flag().optional(),
  metadata: unsettable(metadata()).optional(),
  statement_descriptor: text(22).optional(),
  statement_descriptor_suffix: text(22).optional(),
});

export const cancelIntentParameters = hash({
  cancellation_reason: choice([
    'abandoned',
    'duplicate',
    'fraudulent',
    'requested_by_customer',
  ]).optional(),
  expand: expand(),
});

export const retrieveIntentParameters = hash({
  client_secret: text().optional(),
  expand: expand(),
});

export type CreateIntent = z.output<typeof createIntentParameters>;
export type UpdateIntent = z.output<typeof updateIntentParameters>;
export type ConfirmIntent = z.output<typeof confirmIntentParameters>;
export type CaptureIntent = z.output<typeof captureIntentParameters>;
export type CancelIntent = z.output<typeof cancelIntentParameters>;
export type RetrieveIntent = z.output<typeof retrieveIntentParameters>;
export type CardOptionsParameters = z.output<typeof cardOptions>;
