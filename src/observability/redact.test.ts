import { expect, test } from 'vitest';
import { maskFields, maskText } from './redact.ts';

test.each([
  ['a gateway secret key', 'key sk_live_abcDEF0123456789', 'sk_live_'],
  ['a restricted key', 'rk_test_51HxYzabcdef', 'rk_test_'],
  ['a key of our own', 'made tk_live_aaaaaaaaaaaaaaaaaaaa', 'tk_live_'],
  ['a webhook secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=', 'whsec_'],
  ['a client secret', 'pi_3abc_secret_xyz123', 'pi_3abc_secret_'],
  ['a signed token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_123', 'eyJ'],
  ['a Square token', 'EAAAEOuLQPDbHd8p8bUUBRs5ySFoTA5YrRMbRXhkuAlIYYNE', 'EAAA'],
])('%s is masked, and its kind stays readable', (_name, text, kind) => {
  const masked = maskText(text);
  expect(masked).toContain(`${kind}[masked]`);
  const secret = text.slice(text.indexOf(kind) + kind.length);
  expect(masked).not.toContain(secret.slice(0, 8));
});

test('a bearer token of any form is masked', () => {
  expect(maskText('authorization: Bearer abcdefghijklmnop')).toBe('authorization: Bearer [masked]');
});

test('the credentials inside a URL are masked and its host stays', () => {
  expect(maskText('connect rediss://:hunter2@redis.internal:6379/0 failed')).toBe(
    'connect rediss://[masked]@redis.internal:6379/0 failed',
  );
  expect(maskText('postgresql://app:pa55word@db:5432/payments')).toBe(
    'postgresql://[masked]@db:5432/payments',
  );
});

test('a card number is masked in a text and in a line of JSON, which stays JSON', () => {
  const line = JSON.stringify({
    message: 'card 4242-4242-4242-4242 refused',
    list: [4242424242424242, 5],
    bare: 5555555555554444,
    text: '378282246310005',
    escaped: '\u00004242424242424242',
  });
  const masked = maskText(line);
  expect(JSON.parse(masked)).toEqual({
    message: 'card [masked] refused',
    list: [null, 5],
    bare: null,
    text: '[masked]',
    escaped: '\u0000 [masked]',
  });
});

test('ordinary text is left exactly as it is', () => {
  const text =
    '{"@timestamp":"2026-11-24T23:00:00.000Z","message":"payment pay_01h2xcejqtf2nbrexx3vqjhp41 ' +
    'created","event.duration":1234567890,"url.path":"/api/v1/payments","order":"1764023400000"}';
  expect(maskText(text)).toBe(text);
});

test('fields with secret names are masked at any depth, in objects and lists, in any spelling', () => {
  const masked = maskFields({
    stripeSecretKey: 'a',
    headers: { Authorization: 'b', Cookie: 'c', 'x-api-key': 'd', accept: 'json' },
    list: [{ password: 'e', clientSecret: { nested: 'f' } }],
    card: { number: 'g', cvc: 'h', exp_month: 12, brand: 'visa' },
    'card.number': 'i',
    order_number: '1000',
  });
  expect(masked).toEqual({
    stripeSecretKey: '[masked]',
    headers: {
      Authorization: '[masked]',
      Cookie: '[masked]',
      'x-api-key': '[masked]',
      accept: 'json',
    },
    list: [{ password: '[masked]', clientSecret: '[masked]' }],
    card: { number: '[masked]', cvc: '[masked]', exp_month: '[masked]', brand: 'visa' },
    'card.number': '[masked]',
    order_number: '1000',
  });
});

test('whether a secret is there may be told', () => {
  expect(maskFields({ token: null, hasSecret: true, password: undefined })).toEqual({
    token: null,
    hasSecret: true,
    password: undefined,
  });
});

test('a record that contains itself is cut off instead of followed for ever', () => {
  const record: Record<string, unknown> = { name: 'loop' };
  record.self = record;
  expect(JSON.stringify(maskFields(record))).toContain('[left out]');
});

test('raw bytes are told by their length only', () => {
  expect(maskFields({ body: Buffer.from('{"number":1}') })).toEqual({ body: '[12 bytes]' });
});
