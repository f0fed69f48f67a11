import { z } from 'zod';
import { invalidRequest } from './errors.ts';
import type { Result } from './errors.ts';
import { asList } from './form.ts';
import type { FormFields } from './form.ts';

/**
 * The building blocks of request schemas. Form fields arrive as text, and each block names the
 * way in which a text can be wrong in the message of its issue; `readParameters` turns that into
 * Stripe's error.
 */
type Problem =
  | 'missing'
  | 'empty'
  | 'integer'
  | 'minimum'
  | 'maximum'
  | 'boolean'
  | 'string'
  | 'choice'
  | 'array'
  | 'object'
  | 'metadata';

const orMissing =
  (problem: Problem) =>
  (issue: { input?: unknown }): Problem =>
    issue.input === undefined ? 'missing' : problem;

const asProblem = (problem: Problem): Problem => problem;

/** A text of 1 to `maxLength` characters. */
export const text = (maxLength = 5000) =>
  z
    .string({ error: orMissing('string') })
    .min(1, asProblem('empty'))
    .max(maxLength, asProblem('string'));

/** A text that may be empty, which unsets it. */
export const clearableText = (maxLength = 5000) =>
  z
    .string({ error: orMissing('string') })
    .max(maxLength, asProblem('string'))
    .transform((value) => (value === '' ? null : value));

/** One of the listed words. */
export const choice = <const T extends readonly string[]>(words: T) =>
  z.enum(words, { error: orMissing('choice') });

export const flag = () =>
  z.enum(['true', 'false'], { error: orMissing('boolean') }).transform((value) => value === 'true');

const digits = () =>
  z
    .string({ error: orMissing('integer') })
    .min(1, asProblem('empty'))
    .regex(/^-?\d{1,18}$/, asProblem('integer'));

/** A whole number of minor units, at least 1. */
export const amount = () =>
  digits()
    .transform(BigInt)
    .refine((value) => value >= 1n, asProblem('minimum'));

/** A small whole number, such as the limit of a list. */
export const count = (least: number, most: number) =>
  digits()
    .transform(Number)
    .refine((value) => value >= least, asProblem('minimum'))
    .refine((value) => value <= most, asProblem('maximum'));

/** A moment in seconds since the epoch. */
export const moment = () => count(0, Number.MAX_SAFE_INTEGER);

export const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(asList, z.array(item, { error: orMissing('array') }).max(100, asProblem('array')));

/** A hash of exactly these fields. */
export const hash = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: orMissing('object') });

/** Up to 50 pairs; a pair with an empty value is one to be removed. */
export const metadata = () =>
  z
    .record(
      z.string().max(40, asProblem('metadata')),
      z.string(asProblem('metadata')).max(500, asProblem('metadata')),
      { error: orMissing('object') },
    )
    .refine((value) => Object.keys(value).length <= 50, asProblem('metadata'));

/** Lets an empty text stand for "unset", which arrives as null. */
export const unsettable = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? null : value), schema.nullable());

export const expand = () => list(text()).optional();

/** Checks the fields of a request and gives them their types, or Stripe's error for the first flaw. */
export function readParameters<T extends z.ZodType>(
  schema: T,
  fields: FormFields,
): Result<z.output<T>> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  return issue === undefined ? invalidRequest('Invalid request.') : describeIssue(issue, fields);
}

function describeIssue(issue: z.core.$ZodIssue, fields: FormFields) {
  if (issue.code === 'unrecognized_keys') {
    const param = parameterName([...issue.path, issue.keys[0] ?? '']);
    return invalidRequest(`Received unknown parameter: ${param}`, {
      code: 'parameter_unknown',
      param,
    });
  }
  const param = parameterName(issue.path);
  const value = shown(valueAt(fields, issue.path));
  switch (issue.message as Problem) {
    case 'missing':
      return invalidRequest(`Missing required param: ${param}.`, {
        code: 'parameter_missing',
        param,
      });
    case 'empty':
      return invalidRequest(
        `You passed an empty string for '${param}', which cannot be unset. Leave it out or give it a value.`,
        { code: 'parameter_invalid_empty', param },
      );
    case 'integer':
      return invalidRequest(`Invalid integer: ${value}`, {
        code: 'parameter_invalid_integer',
        param,
      });
    case 'minimum':
      return invalidRequest('This value must be greater than or equal to 1.', {
        code: 'parameter_invalid_integer',
        param,
      });
    case 'maximum':
      return invalidRequest(`Invalid integer: ${value} is too large.`, {
        code: 'parameter_invalid_integer',
        param,
      });
    case 'metadata':
      return invalidRequest(
        'Metadata can have up to 50 keys of up to 40 characters, with texts of up to 500 characters.',
        { param },
      );
    case 'choice':
      return invalidRequest(`Invalid ${param}: ${value} is not one of the allowed values.`, {
        param,
      });
    case 'boolean':
      return invalidRequest(`Invalid boolean: ${value}`, { param });
    case 'array':
      return invalidRequest('Invalid array', { param });
    case 'object':
      return invalidRequest('Invalid object', { param });
    case 'string':
      return invalidRequest(`Invalid string: ${value}`, { param });
    default:
      return invalidRequest(`Invalid ${param}: ${value}`, { param });
  }
}

/** The name of a field as it stands in a form: `payment_method_options[card][network]`. */
function parameterName(path: readonly PropertyKey[]): string {
  const [first = '', ...rest] = path.map(String);
  return first + rest.map((key) => `[${key}]`).join('');
}

function valueAt(fields: FormFields, path: readonly PropertyKey[]): unknown {
  let value: unknown = fields;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function shown(value: unknown): string {
  const word = typeof value === 'string' ? value : JSON.stringify(value) || '';
  return word.length > 60 ? `${word.slice(0, 60)}...` : word;
}
