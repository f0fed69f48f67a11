import { z } from 'zod';
import { currencyField } from '../fields.ts';

const day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, 'Send a day such as 2026-11-30.')
  .describe('A day in UTC, such as 2026-11-30.');

export const reportQuery = z.strictObject({
  from: day,
  to: day.describe('The last day, in UTC.'),
  gateway: z.string().min(1).max(40).optional(),
  currency: currencyField.optional(),
  format: z.enum(['json', 'csv']).default('json'),
});

const amount = z.string().describe('A decimal number of major units of the currency.');

export const reportAnswer = z.object({
  object: z.literal('report'),
  data: z.array(
    z.object({
      period: z.string().describe('The first day of the day or month, in UTC.'),
      gateway: z.string(),
      currency: z.string(),
      method: z.string().describe('The kind of payment method, such as card.'),
      payments: z.int().describe('Payments captured in the period.'),
      gross: amount,
      refunds: amount,
      disputes: amount,
      fees: amount,
      net: amount.describe('gross less refunds, disputes and fees.'),
      fees_unknown: z.int().describe('Of how many payments no fee is known.'),
      payments_tried: z.int().describe('Payments made in the period and tried with a method.'),
      success_rate: z.string().nullable().describe('From 0 to 1, of the payments tried.'),
      average_amount: z.string().nullable(),
    }),
  ),
});
