import { expect, test } from 'vitest';
import { z } from 'zod';
import { problemOfIssues } from './validation.ts';

const body = z.strictObject({
  amount: z.int('Send a whole number.').min(1),
  currency: z
    .string()
    .refine((code) => code === 'EUR', {
      error: 'Send EUR.',
      params: { code: 'currency_unknown' },
    })
    .optional(),
  method: z.enum(['automatic', 'manual']).optional(),
  items: z
    .array(z.strictObject({ sku: z.string().min(1).max(3) }))
    .max(2)
    .optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

function problemOf(data: unknown) {
  const result = body.safeParse(data);
  if (result.success) throw new Error('valid');
  return problemOfIssues(result.error.issues, data, 'body');
}

test.each([
  ['a missing parameter', {}, 'parameter_missing', 'amount', /Send `amount`/],
  ['an unknown one', { amount: 1, 'a/b.c': 1 }, 'parameter_unknown', 'a/b.c', /remove it/],
  ['a bad amount', { amount: 1.5 }, 'amount_invalid', 'amount', /^Send a whole number\.$/],
  ['a negative amount', { amount: -1 }, 'amount_invalid', 'amount', /^Send a whole number\.$/],
  [
    'a check with a code of its own',
    { amount: 1, currency: 'XXX' },
    'currency_unknown',
    'currency',
    /^Send EUR\.$/,
  ],
  [
    'another type',
    { amount: 1, currency: 5 },
    'parameter_invalid',
    'currency',
    /must be a text\.$/,
  ],
  [
    'another choice',
    { amount: 1, method: 'x' },
    'parameter_invalid',
    'method',
    /one of `automatic`, `manual`/,
  ],
  [
    'an empty text',
    { amount: 1, items: [{ sku: '' }] },
    'parameter_invalid',
    'items[0].sku',
    /must not be empty/,
  ],
  [
    'a long text',
    { amount: 1, items: [{ sku: 'abcd' }] },
    'parameter_invalid',
    'items[0].sku',
    /at most 3 characters/,
  ],
  [
    'a long list',
    { amount: 1, items: [{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }] },
    'parameter_invalid',
    'items',
    /have at most 2 entries/,
  ],
  ['a nested missing one', { amount: 1, items: [{}] }, 'parameter_missing', 'items[0].sku', /Send/],
  [
    'a nested unknown one',
    { amount: 1, items: [{ sku: 'a', b: 1 }] },
    'parameter_unknown',
    'items[0].b',
    /remove/,
  ],
  [
    'a bad member',
    { amount: 1, metadata: { 'a b': 1 } },
    'parameter_invalid',
    'metadata.a b',
    /must be a text/,
  ],
])('%s is told by code, place and what to do', (_name, data, code, param, detail) => {
  const found = problemOf(data);
  expect(found).toMatchObject({ code, param, status: 422, errors: [] });
  expect(found.detail).toMatch(detail);
});

test('several faults are told at once', () => {
  const found = problemOf({ amount: 'x', method: 'y', z: 1 });
  expect(found).toMatchObject({ code: 'invalid_request', param: null });
  expect(found.errors.map(({ code, param }) => [code, param])).toEqual([
    ['amount_invalid', 'amount'],
    ['parameter_invalid', 'method'],
    ['parameter_unknown', 'z'],
  ]);
});

test('a body that is wrong in a thousand places names the first twenty', () => {
  const unknown = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`p${n}`, 1]));
  const found = problemOf({ amount: 1, ...unknown });
  expect(found.errors).toHaveLength(20);
  expect(found.detail).toContain('1000 things');
});

test('values are not repeated, and long names are cut', () => {
  const found = problemOf({ amount: 1, method: 'private value', ['n'.repeat(5_000)]: 'private' });
  expect(JSON.stringify(found)).not.toContain('private');
  expect(JSON.stringify(found).length).toBeLessThan(1_000);
});

test.each([undefined, null, [], 'text', 5])(
  'a body that is no object (%j) is told as such',
  (data) => {
    expect(problemOf(data)).toMatchObject({
      code: 'invalid_request',
      detail: 'Send a JSON object as the body.',
    });
  },
);
