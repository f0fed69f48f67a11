import { z } from 'zod';
import { readMoney } from './currencies.ts';
import type { Money } from './currencies.ts';
import { refuse, refuseAll, succeed } from './errors.ts';
import type { Place, Result } from './errors.ts';
import type { Issue } from './issues.ts';

/** A text of at most `max` characters, and at least one. */
export const text = (max: number) => z.string().min(1).max(max);

/** The id of a customer or of a saved payment method. */
export const vaultId = (max: number) => text(max).regex(/^[0-9a-zA-Z_-]+$/);

const MONEY_VALUE = /^((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))$/;

/** An amount as the API takes it; what it means is read by `readAmount`. */
export const money = z.strictObject({
  currency_code: z.string().length(3),
  value: z.string().max(32).regex(MONEY_VALUE),
});

export const url = z.string().min(10).max(4000).refine(isWebUrl);

const locale = text(10).regex(/^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$/);

/** How the hosted page looks and where it leads; of this only the latter has an effect here. */
export const experienceContext = z.strictObject({
  brand_name: text(127).optional(),
  cancel_url: url.optional(),
  landing_page: z.enum(['LOGIN', 'GUEST_CHECKOUT', 'NO_PREFERENCE', 'BILLING']).optional(),
  locale: locale.optional(),
  payment_method_preference: z.enum(['UNRESTRICTED', 'IMMEDIATE_PAYMENT_REQUIRED']).optional(),
  payment_method_selected: text(255).optional(),
  return_url: url.optional(),
  shipping_preference: z.enum(['GET_FROM_FILE', 'NO_SHIPPING', 'SET_PROVIDED_ADDRESS']).optional(),
  user_action: z.enum(['CONTINUE', 'PAY_NOW']).optional(),
});

export const customer = z.strictObject({ id: vaultId(22).optional() });

/** Largest amount: PayPal takes up to fifteen digits before the decimal point. */
const MAX_WHOLE_DIGITS = 15;

/** What a request says in JSON, or the refusal of what is no JSON. An empty body says nothing. */
export function parseBody(body: string): Result<unknown> {
  if (body.trim() === '') return succeed(undefined);
  try {
    return succeed(JSON.parse(body) as unknown);
  } catch {
    return refuse('MALFORMED_REQUEST_JSON', { location: 'body' });
  }
}

/** Holds what was sent against a schema. Properties that are not known are refused, not ignored. */
export function readParameters<T extends z.ZodType>(
  schema: T,
  sent: unknown,
  location: 'body' | 'query' = 'body',
): Result<z.output<T>> {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return succeed(parsed.data);
  return refuseAll(
    parsed.error.issues.flatMap((issue) =>
      placesOf(issue).map((path) => ({
        issue: nameOf(issue, path, sent),
        place: placeOf(path, sent, location),
      })),
    ),
  );
}

/** Reads an amount of money that has to be more than nothing. */
export function readAmount(
  { currency_code: currency, value }: z.output<typeof money>,
  field: string,
  withoutDecimals: Issue = 'DECIMAL_PRECISION',
): Result<Money> {
  const read = readMoney(value, currency);
  const place: Place = { field: `${field}/value`, value, location: 'body' };
  switch (read.kind) {
    case 'unknown_currency':
      return refuse('INVALID_CURRENCY_CODE', {
        field: `${field}/currency_code`,
        value: currency,
        location: 'body',
      });
    case 'too_many_decimals':
      return refuse(read.digits === 0 ? withoutDecimals : 'DECIMAL_PRECISION', place);
    case 'money':
      if (read.money.amount <= 0n) return refuse('CANNOT_BE_ZERO_OR_NEGATIVE', place);
      if ((value.split('.')[0] ?? '').replace(/^0+/, '').length > MAX_WHOLE_DIGITS) {
        return refuse('MAX_VALUE_EXCEEDED', place);
      }
      return succeed(read.money);
  }
}

function isWebUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

type ZodIssue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Unknown properties come in one issue; each is told of by itself. */
function placesOf(issue: ZodIssue): Path[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key]);
  return [issue.path];
}

function nameOf(issue: ZodIssue, path: Path, sent: unknown): Issue {
  if (valueAt(sent, path) === undefined) return 'MISSING_REQUIRED_PARAMETER';
  switch (issue.code) {
    case 'invalid_value':
      return 'INVALID_PARAMETER_VALUE';
    case 'too_small':
      return issue.origin === 'array' ? 'INVALID_ARRAY_MIN_ITEMS' : 'INVALID_STRING_LENGTH';
    case 'too_big':
      return issue.origin === 'array' ? 'INVALID_ARRAY_MAX_ITEMS' : 'INVALID_STRING_LENGTH';
    default:
      return 'INVALID_PARAMETER_SYNTAX';
  }
}

function placeOf(path: Path, sent: unknown, location: 'body' | 'query'): Place {
  const value = valueAt(sent, path);
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
  return {
    field: location === 'query' ? String(path[0]) : `/${path.map(String).join('/')}`,
    ...(isPlain && { value: String(value) }),
    location,
  };
}

function valueAt(sent: unknown, path: Path): unknown {
  let value = sent;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
