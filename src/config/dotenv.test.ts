import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDotenv } from './dotenv.ts';

function valuesOf(text: string): Record<string, string> {
  const { entries, faults } = parseDotenv(text);
  expect(faults).toEqual([]);
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}

test('a comment after a value is dropped, with the white space before it', () => {
  expect(valuesOf('A=0.02  # 2% for production\nB=3.0\t# 3 seconds')).toEqual({
    A: '0.02',
    B: '3.0',
  });
});

test('a # without white space before it belongs to the value', () => {
  expect(valuesOf('A=pa#ss\nB=#first\nC=a#b # not this')).toEqual({
    A: 'pa#ss',
    B: '#first',
    C: 'a#b',
  });
});

test('a # inside quotes belongs to the value, and a comment may follow the quotes', () => {
  expect(valuesOf(`A="a # b" # comment\nB='c # d'   # comment\nC="e"`)).toEqual({
    A: 'a # b',
    B: 'c # d',
    C: 'e',
  });
});

test('double quotes read escapes and single quotes read none', () => {
  expect(valuesOf(String.raw`A="a\nb\t\"c\"\\d\$e\q"` + '\n' + String.raw`B='a\nb\\'`)).toEqual({
    A: 'a\nb\t"c"\\d$e\\q',
    B: String.raw`a\nb\\`,
  });
});

test('dollars are kept: nothing is expanded', () => {
  expect(valuesOf('A=pa$HOME\nB="${A}"')).toEqual({ A: 'pa$HOME', B: '${A}' });
});

test('export, white space around the parts, blank lines, comments, CRLF and a byte order mark are accepted', () => {
  const text =
    '\uFEFFexport A=1\r\n\r\n  # comment\r\n  B = two words  \r\nC=\r\nD= # only a comment';
  expect(valuesOf(text)).toEqual({ A: '1', B: 'two words', C: '', D: '' });
});

test('a value may contain equals signs, as URLs do', () => {
  expect(valuesOf('A=postgresql://h/d?sslmode=require&x=y')).toEqual({
    A: 'postgresql://h/d?sslmode=require&x=y',
  });
});

test('lines that are no assignment are told by their number and never quoted', () => {
  const { entries, faults } = parseDotenv(
    'A=1\nsk_live_secret\n2B=x\nC="open\nD=\'x\' y\nE="x"# no\nF=2',
  );
  expect(entries.map(({ name, line }) => [name, line])).toEqual([
    ['A', 1],
    ['F', 7],
  ]);
  expect(faults.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6]);
  expect(JSON.stringify(faults)).not.toContain('sk_live_secret');
});

test('any one-line text survives single or double quotes', () => {
  const oneLine = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n\u2028\u2029]/.test(text));
  fc.assert(
    fc.property(oneLine, (text) => {
      const escaped = text.replace(/[\\"$]/g, (character) => `\\${character}`);
      expect(valuesOf(`A="${escaped}" # comment`)).toEqual({ A: text });
      if (!text.includes("'")) expect(valuesOf(`A='${text}'`)).toEqual({ A: text });
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseDotenv(text)));
});
