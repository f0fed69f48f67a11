import { z } from 'zod';
import { money, text } from './parameters.ts';

/** Source: https://developer.paypal.com/docs/api/payments/v2/ */

export const captureParameters = z
  .strictObject({
    amount: money.optional(),
    final_capture: z.boolean().optional(),
    invoice_id: text(127).optional(),
    note_to_payer: text(255).optional(),
    soft_descriptor: z.string().max(22).optional(),
  })
  .optional();

export const reauthorizeParameters = z.strictObject({ amount: money.optional() }).optional();

export const refundParameters = z
  .strictObject({
    amount: money.optional(),
    custom_id: text(127).optional(),
    invoice_id: text(127).optional(),
    note_to_payer: text(255).optional(),
  })
  .optional();

export type CaptureParameters = z.output<typeof captureParameters>;
export type ReauthorizeParameters = z.output<typeof reauthorizeParameters>;
export type RefundParameters = z.output<typeof refundParameters>;
