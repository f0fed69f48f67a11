import { expect, test } from 'vitest';
import { parseStorableJson } from './storable-json.ts';

const read = (escaped: string) => parseStorableJson(`{"${escaped}": ["a${escaped}b"]}`);

test.each([
  [String.raw`\u0000`, '\ufffd'],
  [String.raw`\ud800`, '\ufffd'],
  [String.raw`\uDFFF`, '\ufffd'],
  [String.raw`\ude00\ud83d`, '\ufffd\ufffd'],
  [String.raw`\ud83d\ud83d\ude00`, '\ufffd😀'],
])('%s, which PostgreSQL refuses, is replaced in names and values', (escaped, expected) => {
  expect(read(escaped)).toEqual({ [expected]: [`a${expected}b`] });
});

test.each([
  [String.raw`\ud83d\ude00`, '😀'],
  [String.raw`\\u0000`, String.raw`\u0000`],
  [String.raw`\\\\ud800`, String.raw`\\ud800`],
  [String.raw`\u0001\n\"\/`, '\u0001\n"/'],
  ['é 😀', 'é 😀'],
])('%s is left as it is', (escaped, expected) => {
  expect(read(escaped)).toEqual({ [expected]: [`a${expected}b`] });
});

test('a backslash before an escape does not hide it', () => {
  expect(read(String.raw`\\\u0000`)).toEqual({ '\\\ufffd': ['a\\\ufffdb'] });
});

test('what is not JSON is told by the parser', () => {
  expect(() => parseStorableJson(String.raw`{"\u0000"`)).toThrow(SyntaxError);
});
