import { z } from 'zod';
import { isCurrency } from '../../domain/currency.ts';
import { DECLINE_CODES } from '../../domain/report.ts';

/** The building blocks of bodies and answers; every route takes them from here. */

/** The largest whole number that JSON carries exactly in every language. */
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

export const amountField = z
  .int('Send a whole number of minor units, such as 1250 for 12.50, not a text or a fraction.')
  .min(1, 'An amount is at least 1 minor unit.')
  .max(MAX_SAFE)
  .describe('Minor units of the currency, such as cents: 1250 is 12.50 EUR, and 1250 JPY.');

export const currencyField = z
  .string()
  .regex(/^[A-Za-z]{3}$/, 'Send an ISO 4217 code of three letters, such as EUR.')
  .transform((code) => code.toUpperCase())
  .describe('ISO 4217 code, such as EUR.');

export const knownCurrencyField = currencyField.refine(
  isCurrency,
  'There is no such currency in ISO 4217.',
);

/** Few enough digits for every number to be what was written, also in programs that read numbers as binary fractions. */
const DECIMAL = /^\d{1,9}(\.\d{1,6})?$/;

/**
 * A decimal number that is not negative, in JSON as a number or as a text; it is kept exactly.
 *
 * @param help tells whoever has sent something else what to send
 */
export function decimalField(help: string) {
  return z
    .union([z.number(), z.string()])
    .transform(String)
    .refine((text) => DECIMAL.test(text), help);
}

export const metadataField = z
  .record(z.string().min(1).max(40), z.string().max(500))
  .refine((entries) => Object.keys(entries).length <= 50, 'At most 50 entries.')
  .describe('Your own notes: up to 50 entries, kept and returned as they are.');

export const paymentMethodField = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'Send the token that the gateway gave, without spaces.')
  .describe(
    "A token that the gateway's own script made, or the id of one of the customer's payment methods; never a card " +
      'number.',
  );

export const paymentMethodsField = z
  .record(z.string().min(1).max(40), paymentMethodField)
  .refine((methods) => Object.keys(methods).length > 0, 'Send the token of at least one gateway.')
  .describe(
    'Tokens of several gateways for the same payment, by their names: one of them is charged, the next one only where ' +
      'the gateway before refused without having done anything.',
  );

export const methodTypeField = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'Send the kind of payment method, such as card.')
  .describe(
    'The kind of payment method, such as card, where it is known: rules of the routing policy may ask for it.',
  );

/** The id of a customer, as far as it can be told from its form. */
export const customerField = z
  .string()
  .regex(/^cus_\w{1,96}$/, 'Send the id of a customer of yours: it begins with cus_.')
  .describe('The id of a customer, cus_...');

export const savePaymentMethodField = z
  .boolean()
  .describe('Have the gateway keep the payment method for the customer; needs a customer.');

export const returnUrlField = z
  .url({ protocol: /^https?$/, message: 'Send an absolute http or https URL.' })
  .max(2_048)
  .describe('Where the customer comes back to after authenticating elsewhere.');

/** Whether PostgreSQL reads this time as JavaScript writes it: only years of four digits, and none of them 0000. */
export function isStorable(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9_999;
}

export const timeParameter = z.iso
  .datetime({ offset: true })
  .refine((text) => isStorable(new Date(text)), 'Send a time of the years 1 to 9999.')
  .optional();

export const timestamp = z.iso.datetime().describe('UTC, RFC 3339.');
export const answerAmount = z.int().min(0).describe('Minor units of the currency.');

export const customerAction = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('redirect_to_url'), url: z.string() }),
    z.object({ type: z.literal('use_gateway_sdk'), data: z.record(z.string(), z.unknown()) }),
  ])
  .nullable()
  .describe('What the customer has to do before the payment can go on.');

export const lastError = z
  .object({
    code: z.enum([...DECLINE_CODES, 'refused', 'expired', 'not_charged']),
    gateway_code: z.string(),
    message: z.string(),
  })
  .nullable()
  .describe('Why the last try came to nothing.');

/** One page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: z
      .string()
      .nullable()
      .describe('Send it as cursor to go on; null at the end of the list.'),
  });
}

export const limitParameter = z.coerce.number().int().min(1).max(100).default(20);
export const cursorParameter = z.string().min(1).max(200).optional();

/** A body that may be left out where all of its fields may be. */
export function optionalBody<Shape extends z.ZodObject>(fields: Shape) {
  return fields.nullish().transform((body) => body ?? fields.parse({}));
}
