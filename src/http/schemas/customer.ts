import { z } from 'zod';
import {
  cursorParameter,
  customerAction,
  limitParameter,
  metadataField,
  paymentMethodField,
  returnUrlField,
  timestamp,
} from './fields.ts';

const referenceField = z
  .string()
  .min(1)
  .max(255)
  .describe('Your own id for the customer; no two customers share one.');
const emailField = z.email().max(254);
const nameField = z.string().trim().min(1).max(255);

export const newCustomerBody = z
  .strictObject({
    reference: referenceField.optional(),
    email: emailField.optional(),
    name: nameField.optional(),
    metadata: metadataField.optional(),
  })
  .nullish()
  .transform((body) => body ?? {});

export const customerPatchBody = z.strictObject({
  reference: referenceField.nullable().optional(),
  email: emailField.nullable().optional(),
  name: nameField.nullable().optional(),
  metadata: metadataField.optional().describe('Takes the place of all that was there.'),
  default_payment_method: z
    .string()
    .min(1)
    .max(100)
    .nullable()
    .optional()
    .describe("One of the customer's payment methods: charged when a payment names none."),
});

export const customerListQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
  reference: z.string().min(1).max(255).optional(),
  email: z.string().min(1).max(254).optional(),
});

export const customerAnswer = z.object({
  id: z.string(),
  object: z.literal('customer'),
  reference: z.string().nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  default_payment_method: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  created_at: timestamp,
  updated_at: timestamp,
});

export const deletedCustomerAnswer = z.object({
  id: z.string(),
  object: z.literal('customer'),
  deleted: z.literal(true),
});

export const newMethodBody = z.strictObject({
  payment_method: paymentMethodField.describe(
    "A token that the gateway's own script made, such as pm_...; never a card number.",
  ),
  gateway: z
    .string()
    .min(1)
    .max(40)
    .optional()
    .describe('Without it the one that takes the payment_method.'),
  return_url: returnUrlField.optional(),
});

export const methodListQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });

export const methodAnswer = z.object({
  id: z.string(),
  object: z.literal('payment_method'),
  customer: z.string(),
  gateway: z.string().describe('Where it is kept, and the only place where it can be charged.'),
  type: z.string(),
  brand: z.string().nullable(),
  last4: z.string().nullable(),
  expiry_month: z.int().nullable(),
  expiry_year: z.int().nullable(),
  default: z.boolean().describe('Whether it is charged when a payment names none.'),
  created_at: timestamp,
});

export const methodApprovalAnswer = z.object({
  object: z.literal('payment_method_approval'),
  customer: z.string(),
  gateway: z.string(),
  payment_method: z
    .string()
    .describe('Save this once the customer has agreed: POST it to the same place with a new key.'),
  next_action: customerAction,
});

export const deletedMethodAnswer = z.object({
  id: z.string(),
  object: z.literal('payment_method'),
  deleted: z.literal(true),
});
