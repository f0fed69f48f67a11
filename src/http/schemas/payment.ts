import { z } from 'zod';
import { PAYMENT_STATUSES } from '../../domain/payment.ts';
import {
  amountField,
  answerAmount,
  currencyField,
  cursorParameter,
  customerAction,
  customerField,
  lastError,
  limitParameter,
  metadataField,
  methodTypeField,
  paymentMethodField,
  paymentMethodsField,
  returnUrlField,
  savePaymentMethodField,
  timeParameter,
  timestamp,
} from './fields.ts';
import { paymentRouting } from './routing.ts';

/** Whether a body says with what is paid; a customer may have a default. */
function offersMethod(body: {
  payment_method?: string | undefined;
  payment_methods?: object | undefined;
  customer?: string | undefined;
}): boolean {
  return (body.payment_method ?? body.payment_methods ?? body.customer) !== undefined;
}

export const newPaymentBody = z
  .strictObject({
    amount: amountField,
    currency: currencyField,
    gateway: z
      .string()
      .min(1)
      .max(40)
      .optional()
      .describe(
        'Without it the one that keeps or takes the payment_method, or else the policy decides.',
      ),
    customer: customerField.optional(),
    payment_method: paymentMethodField.optional(),
    payment_methods: paymentMethodsField.optional(),
    payment_method_type: methodTypeField.optional(),
    save_payment_method: savePaymentMethodField.default(false),
    confirm: z
      .boolean()
      .default(false)
      .describe(
        "Charge (or authorize) at once: the payment_method, or without one the customer's default.",
      ),
    capture_method: z
      .enum(['automatic', 'manual'])
      .default('automatic')
      .describe('With manual the amount is authorized now and captured later.'),
    off_session: z
      .boolean()
      .default(false)
      .describe('The customer is not there to authenticate; only with confirm.'),
    order_id: z.string().min(1).max(255).optional(),
    description: z.string().min(1).max(1_000).optional(),
    statement_descriptor: z
      .string()
      .min(1)
      .max(22)
      .regex(/^[^<>\\'"*]+$/, 'It may not contain < > \\ \' " or *.')
      .optional()
      .describe("What the customer reads on the card's statement, as far as the gateway allows."),
    return_url: returnUrlField.optional(),
    metadata: metadataField.default({}),
  })
  .refine((body) => body.payment_method === undefined || body.payment_methods === undefined, {
    path: ['payment_methods'],
    message: 'Send payment_method, or payment_methods for several gateways, not both.',
  })
  .refine((body) => body.confirm || body.payment_methods === undefined, {
    path: ['payment_methods'],
    message: 'payment_methods are only used with confirm: true.',
  })
  .refine((body) => !body.confirm || offersMethod(body), {
    path: ['payment_method'],
    message: 'With confirm a payment_method is needed, or a customer who has a default one.',
  })
  .refine((body) => body.confirm || body.payment_method === undefined, {
    path: ['payment_method'],
    message: 'A payment_method is only used with confirm: true.',
  })
  .refine((body) => body.confirm || !body.off_session, {
    path: ['off_session'],
    message: 'off_session is only used with confirm: true.',
  });

export const confirmBody = z
  .strictObject({
    payment_method: paymentMethodField.optional(),
    payment_methods: paymentMethodsField.optional(),
    payment_method_type: methodTypeField.optional(),
    customer: customerField.optional(),
    save_payment_method: savePaymentMethodField.optional(),
    off_session: z.boolean().default(false),
    return_url: returnUrlField.optional(),
  })
  .refine((body) => (body.payment_method === undefined) !== (body.payment_methods === undefined), {
    path: ['payment_method'],
    message: 'Send payment_method, or payment_methods for several gateways.',
  });

export const captureBody = z
  .strictObject({
    amount: amountField.optional().describe('Minor units; all that was authorized without it.'),
  })
  .nullish()
  .transform((body) => body ?? {});

export const cancelBody = z
  .strictObject({
    reason: z.enum(['requested_by_customer', 'abandoned', 'duplicate', 'fraudulent']).optional(),
  })
  .nullish()
  .transform((body) => body ?? {});

export const paymentListQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
  status: z.enum(PAYMENT_STATUSES).optional(),
  gateway: z.string().min(1).max(40).optional(),
  order_id: z.string().min(1).max(255).optional(),
  customer: z.string().min(1).max(100).optional(),
  created_from: timeParameter.describe('Included.'),
  created_before: timeParameter.describe('Not included.'),
});

export const paymentAnswer = z.object({
  id: z.string(),
  object: z.literal('payment'),
  status: z.enum(PAYMENT_STATUSES),
  amount: answerAmount,
  currency: z.string(),
  capture_method: z.enum(['automatic', 'manual']),
  amount_capturable: answerAmount,
  amount_captured: answerAmount,
  amount_refunded: answerAmount,
  amount_refund_pending: answerAmount.describe('Reserved for refunds that are under way.'),
  disputed: z.boolean().describe('Whether a dispute is open.'),
  amount_disputed: answerAmount.describe(
    'Under open disputes: it may be lost, and is not refunded.',
  ),
  amount_disputed_lost: answerAmount,
  capture_before: timestamp.nullable(),
  gateway: z.string(),
  gateway_payment_id: z.string().nullable(),
  routing: paymentRouting,
  fee_expected: answerAmount
    .nullable()
    .describe(
      "What the gateway is expected to keep, by the terms that were in force when the payment went there: of what was captured, or of the amount before that. Minor units of the payment's currency, rounded once, half to even.",
    ),
  fee_actual: answerAmount
    .nullable()
    .describe('What the gateway kept, in minor units of fee_currency; null until it has told.'),
  fee_returned: answerAmount.describe('What the gateway gave back of it with refunds.'),
  fee_disputes: answerAmount.describe('What the gateway took for disputes themselves.'),
  fee_currency: z
    .string()
    .describe("The payment's own currency, unless the gateway settles in another one."),
  next_action: customerAction,
  last_error: lastError,
  customer: z.string().nullable(),
  payment_method: z
    .object({ type: z.string(), brand: z.string().nullable(), last4: z.string().nullable() })
    .nullable(),
  save_payment_method: z.boolean(),
  order_id: z.string().nullable(),
  description: z.string().nullable(),
  statement_descriptor: z.string().nullable(),
  return_url: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  created_at: timestamp,
  updated_at: timestamp,
  client_secret: z
    .string()
    .nullable()
    .describe("With it a browser confirms the payment through the gateway's own script."),
  publishable_key: z.string().nullable(),
});
