import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asList, decodeForm } from './form.ts';

const decode = (text: string) => {
  const form = decodeForm(text);
  return form.kind === 'decoded' ? (JSON.parse(JSON.stringify(form.fields)) as unknown) : form;
};

test('nested names become hashes and lists', () => {
  expect(
    decode('amount=10&metadata[order]=a+b%26c&card[checks][cvc]=1&expand[]=x&expand[]=y&empty='),
  ).toEqual({
    amount: '10',
    metadata: { order: 'a b&c' },
    card: { checks: { cvc: '1' } },
    expand: ['x', 'y'],
    empty: '',
  });
});

test('brackets may be percent-encoded', () => {
  expect(decode('metadata%5Border%5D=1')).toEqual({ metadata: { order: '1' } });
});

test('a hash of indices is a list where a list is wanted, and stays a hash elsewhere', () => {
  expect(decode('metadata[0]=x')).toEqual({ metadata: { 0: 'x' } });
  expect(asList({ 0: 'x', 1: 'y' })).toEqual(['x', 'y']);
  expect(asList({ a: 'x' })).toEqual({ a: 'x' });
});

test('no name reaches a prototype', () => {
  decodeForm('__proto__[polluted]=1&constructor[prototype][polluted]=1');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('broken encodings, names and depths are malformed', () => {
  for (const text of ['a=%zz', '[a]=1', 'a[b=1', 'a[b][c][d][e][f][g]=1', 'a[][b]=1', '=1']) {
    expect(decodeForm(text), text).toEqual({ kind: 'malformed' });
  }
});

test('decoding never throws, whatever arrives', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(['decoded', 'malformed']).toContain(decodeForm(text).kind);
    }),
  );
});

test('what URLSearchParams writes is read back', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const text = new URLSearchParams({ 'metadata[key]': value }).toString();
      expect(decode(text)).toEqual({ metadata: { key: value } });
    }),
  );
});
