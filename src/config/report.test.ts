import { expect, test } from 'vitest';
import * as exitCodes from './exit-codes.ts';
import { renderProblems, renderWarnings } from './report.ts';

test('a report names every variable, where it came from, what is wrong and what would be right', () => {
  expect(
    renderProblems([
      {
        variable: 'PAYMENT_PORT',
        from: '.env.production, line 12',
        problem: '"80a" is not a port from 0 to 65535',
        example: 'PAYMENT_PORT=8000',
      },
      {
        variable: 'DATABASE_URL',
        problem: 'is required in production',
        example: 'DATABASE_URL=...',
      },
    ]),
  ).toBe(`Tender cannot start: 2 settings are wrong.

  PAYMENT_PORT  (from .env.production, line 12)
    "80a" is not a port from 0 to 65535.
    Example: PAYMENT_PORT=8000

  DATABASE_URL
    is required in production.
    Example: DATABASE_URL=...
`);
});

test('warnings are lines of their own, and none is an empty text', () => {
  expect(
    renderWarnings([{ variable: 'PAYMENT_PROT', warning: 'is not a variable of Tender' }]),
  ).toBe('Warning: PAYMENT_PROT is not a variable of Tender.\n');
  expect(renderWarnings([])).toBe('');
});

test('every exit code means one thing', () => {
  const codes = Object.values(exitCodes);
  expect(new Set(codes).size).toBe(codes.length);
  expect(exitCodes.EXIT_CONFIGURATION).toBe(78);
});
