import { z } from 'zod';
import { customer, experienceContext, money, text, url, vaultId } from './parameters.ts';

/** Source: https://developer.paypal.com/docs/api/orders/v2/#orders_create */

const vaultInstruction = z.strictObject({
  store_in_vault: z.literal('ON_SUCCESS'),
  usage_type: z.enum(['MERCHANT', 'PLATFORM']),
  usage_pattern: z
    .enum([
      'IMMEDIATE',
      'DEFERRED',
      'RECURRING_PREPAID',
      'RECURRING_POSTPAID',
      'THRESHOLD_PREPAID',
      'THRESHOLD_POSTPAID',
    ])
    .optional(),
  customer_type: z.enum(['CONSUMER', 'BUSINESS']).optional(),
  description: text(128).optional(),
  permit_multiple_payment_tokens: z.boolean().optional(),
});

const wallet = z.strictObject({
  attributes: z
    .strictObject({ customer: customer.optional(), vault: vaultInstruction.optional() })
    .optional(),
  experience_context: experienceContext.optional(),
  vault_id: vaultId(255).optional(),
});

const savedMethod = z.strictObject({ id: vaultId(255), type: z.literal('PAYMENT_METHOD_TOKEN') });

/** One of the ways to pay that are known here. */
export const paymentSource = z.strictObject({
  paypal: wallet.optional(),
  token: savedMethod.optional(),
});

const purchaseUnit = z.strictObject({
  amount: money,
  custom_id: text(127).optional(),
  description: text(127).optional(),
  invoice_id: text(127).optional(),
  reference_id: text(256).optional(),
  soft_descriptor: text(22).optional(),
});

/** The older place for what `experience_context` says. */
const applicationContext = z.strictObject({
  brand_name: experienceContext.shape.brand_name,
  cancel_url: url.optional(),
  landing_page: z.enum(['LOGIN', 'BILLING', 'NO_PREFERENCE']).optional(),
  locale: experienceContext.shape.locale,
  return_url: url.optional(),
  shipping_preference: experienceContext.shape.shipping_preference,
  user_action: experienceContext.shape.user_action,
});

export const createOrderParameters = z.strictObject({
  application_context: applicationContext.optional(),
  intent: z.enum(['CAPTURE', 'AUTHORIZE']),
  payment_source: paymentSource.optional(),
  purchase_units: z.array(purchaseUnit).min(1).max(10),
});

export const confirmOrderParameters = z.strictObject({
  application_context: applicationContext
    .pick({ brand_name: true, cancel_url: true, locale: true, return_url: true })
    .optional(),
  payment_source: paymentSource,
});

/** The body of both capture and authorize may be left out. */
export const completeOrderParameters = z
  .strictObject({ payment_source: paymentSource.optional() })
  .optional();

export const patchOrderParameters = z
  .array(
    z.strictObject({
      op: z.enum(['add', 'remove', 'replace']),
      path: z.string(),
      value: z.unknown().optional(),
    }),
  )
  .min(1)
  .max(32);

export const unitParameters = purchaseUnit.shape;

export type CreateOrder = z.output<typeof createOrderParameters>;
export type ConfirmOrder = z.output<typeof confirmOrderParameters>;
export type CompleteOrder = z.output<typeof completeOrderParameters>;
export type PatchOrder = z.output<typeof patchOrderParameters>;
export type PaymentSource = z.output<typeof paymentSource>;
