import { z } from 'zod';
import { isErrorCode, squareError, succeed } from './errors.ts';
import type { ErrorCode, Result, SquareError } from './errors.ts';

/**
 * The building blocks of request schemas. The message of each issue is the code of Square's error,
 * and `readParameters` puts the words to it.
 */
const asCode = (code: ErrorCode): ErrorCode => code;

const orMissing =
  (code: ErrorCode) =>
  (issue: { input?: unknown }): ErrorCode =>
    issue.input === undefined ? 'MISSING_REQUIRED_PARAMETER' : code;

/** A text of at most `most` characters, which may be empty. */
export const words = (most: number) =>
  z.string({ error: orMissing('EXPECTED_STRING') }).max(most, asCode('VALUE_TOO_LONG'));

/** A text of 1 to `most` characters. */
export const text = (most: number) => words(most).min(1, asCode('VALUE_EMPTY'));

/** An idempotency key: its limit is in bytes, since "the number of allowed characters might be less". */
export const key = () =>
  text(45).refine((value) => Buffer.byteLength(value) <= 45, asCode('VALUE_TOO_LONG'));

export const flag = () => z.boolean({ error: orMissing('EXPECTED_BOOLEAN') });

/** One of the listed words. */
export const choice = <const T extends readonly string[]>(all: T) =>
  z.enum(all, { error: orMissing('INVALID_ENUM_VALUE') });

/** A whole number of at least `least`. */
export const integer = (least: number) =>
  z.int({ error: orMissing('EXPECTED_INTEGER') }).min(least, asCode('VALUE_TOO_LOW'));

/** An object of exactly these fields. */
export const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: orMissing('EXPECTED_OBJECT') });

/** A field that Square has and this sandbox does not. */
export const unsupported = () => z.undefined({ error: asCode('SANDBOX_NOT_SUPPORTED') }).optional();

/** A field that Square answers with and nobody may set. */
export const readOnly = () => z.undefined({ error: asCode('UNEXPECTED_VALUE') }).optional();

/** Minor units, at least 1, with their currency. */
export const money = () =>
  object({
    amount: integer(1).transform(BigInt),
    currency: words(3).regex(/^[A-Z]{3}$/, asCode('INVALID_ENUM_VALUE')),
  });

export const email = (most: number) =>
  words(most).regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, asCode('INVALID_EMAIL_ADDRESS'));

/** A phone number with 9 to 16 digits. */
export const phone = () =>
  words(100)
    .regex(/^\+?[\d ().-]+$/, asCode('INVALID_PHONE_NUMBER'))
    .refine((value) => /^\d{9,16}$/.test(value.replaceAll(/\D/g, '')), {
      error: asCode('INVALID_PHONE_NUMBER'),
    });

const line = () => words(500).nullable().optional();

/** A postal address; what is null is not there. */
export const address = () =>
  object({
    address_line_1: line(),
    address_line_2: line(),
    address_line_3: line(),
    locality: line(),
    sublocality: line(),
    sublocality_2: line(),
    sublocality_3: line(),
    administrative_district_level_1: line(),
    administrative_district_level_2: line(),
    administrative_district_level_3: line(),
    postal_code: line(),
    country: words(2)
      .regex(/^[A-Z]{2}$/, asCode('INVALID_ENUM_VALUE'))
      .optional(),
    first_name: line(),
    last_name: line(),
  }).transform(withoutNulls);

function withoutNulls(fields: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** A moment in RFC 3339, as a query carries it; gives milliseconds. */
export const moment = () =>
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$/, asCode('INVALID_TIME'))
    .transform((value) => Date.parse(value))
    .refine(Number.isFinite, asCode('INVALID_TIME'));

/** A whole number in a query. */
export const digits = () =>
  z
    .string()
    .regex(/^\d{1,15}$/, asCode('EXPECTED_INTEGER'))
    .transform(Number);

/** A truth value in a query. */
export const switched = () =>
  z
    .enum(['true', 'false'], { error: asCode('EXPECTED_BOOLEAN') })
    .transform((value) => value === 'true');

/** Checks what came in and gives it its types, or Square's errors, one for each flaw. */
export function readParameters<T extends z.ZodType>(
  schema: T,
  input: unknown,
  where: 'body' | 'query',
): Result<z.output<T>> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return succeed(parsed.data);
  const errors = parsed.error.issues.flatMap((issue) => describeIssue(issue, where));
  return { ok: false, refusal: { status: 400, errors } };
}

function describeIssue(issue: z.core.$ZodIssue, where: 'body' | 'query'): SquareError[] {
  if (issue.code === 'unrecognized_keys') {
    const code = where === 'body' ? 'UNKNOWN_BODY_PARAMETER' : 'UNKNOWN_QUERY_PARAMETER';
    return issue.keys.map((name) => {
      const field = [...issue.path, name].map(String).join('.');
      return squareError(code, `Unrecognized parameter: \`${field}\`.`, field);
    });
  }
  const field = issue.path.map(String).join('.');
  const code = isErrorCode(issue.message) ? issue.message : 'INVALID_VALUE';
  return [squareError(code, describeCode(code, field), field === '' ? undefined : field)];
}

function describeCode(code: ErrorCode, field: string): string {
  switch (code) {
    case 'MISSING_REQUIRED_PARAMETER':
      return 'Missing required parameter.';
    case 'EXPECTED_STRING':
      return 'Expected a string value.';
    case 'EXPECTED_INTEGER':
      return 'Expected an integer value.';
    case 'EXPECTED_BOOLEAN':
      return 'Expected a boolean value.';
    case 'EXPECTED_OBJECT':
      return 'Expected an object value.';
    case 'VALUE_EMPTY':
      return 'Field must not be blank.';
    case 'VALUE_TOO_LONG':
      return 'Field must not be longer than it may.';
    case 'VALUE_TOO_LOW':
      return `\`${field}\` must be greater than it is.`;
    case 'INVALID_ENUM_VALUE':
      return `\`${field}\` is not one of the allowed values.`;
    case 'SANDBOX_NOT_SUPPORTED':
      return `\`${field}\` is not supported in this sandbox.`;
    case 'UNEXPECTED_VALUE':
      return `\`${field}\` cannot be set.`;
    default:
      return `The value of \`${field}\` is invalid.`;
  }
}
