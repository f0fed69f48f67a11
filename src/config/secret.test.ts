import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

test('a secret gives its value to whoever asks for it by name', () => {
  expect(new Secret('whsec_abc').reveal()).toBe('whsec_abc');
});

test('no usual way of printing shows the value of a secret', () => {
  const secret = new Secret('whsec_abc');
  const holder = { secret, list: [secret] };
  const printed = [
    String(secret),
    'x'.concat(secret as unknown as string),
    JSON.stringify(holder),
    inspect(holder, { depth: null, showHidden: true }),
    format('%s %o %j', secret, secret, secret),
    JSON.stringify({ ...secret }),
    String(new Error('failed', { cause: secret }).cause),
  ];
  for (const text of printed) expect(text).not.toContain('whsec_abc');
  expect(JSON.stringify(holder)).toBe('{"secret":"[secret]","list":["[secret]"]}');
});

test('freezing a secret leaves it readable', () => {
  expect(Object.freeze(new Secret('whsec_abc')).reveal()).toBe('whsec_abc');
});
