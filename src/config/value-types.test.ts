import { expect, test } from 'vitest';
import type { z } from 'zod';
import {
  decimalNumber,
  duration,
  hostToListenOn,
  listOfNames,
  majorUnits,
  oneOf,
  port,
  trueOrFalse,
  wholeNumber,
} from './value-types.ts';

function read(type: z.ZodType<unknown, string>, text: string): unknown {
  const result = type.safeParse(text);
  return result.success ? result.data : `${result.error.issues[0]?.message}`;
}

test.each(['true', 'TRUE', '1', 'yes', 'on'])('%s is true', (text) => {
  expect(read(trueOrFalse(), text)).toBe(true);
});

test.each(['false', 'False', '0', 'no', 'off'])('%s is false', (text) => {
  expect(read(trueOrFalse(), text)).toBe(false);
});

test.each(['', '2', 'maybe', 'truee'])('"%s" is neither true nor false', (text) => {
  expect(read(trueOrFalse(), text)).toBe('is not true or false');
});

test('a word is accepted in capitals and means the same', () => {
  const type = oneOf(['debug', 'info', 'warn']);
  expect(read(type, 'INFO')).toBe('info');
  expect(read(type, 'verbose')).toBe('is not debug, info or warn');
});

test('whole numbers have both bounds included and no other spelling than digits', () => {
  const type = wholeNumber(1, 200);
  expect(read(type, '1')).toBe(1);
  expect(read(type, '200')).toBe(200);
  const wrong = [
    '0',
    '201',
    '1.5',
    '-1',
    '1e2',
    '0x10',
    '',
    ' ',
    '1_0',
    '١',
    '9'.repeat(400),
    'NaN',
  ];
  for (const text of wrong) expect(read(type, text)).toBe('is not a whole number from 1 to 200');
});

test('decimal numbers have both bounds included', () => {
  const type = decimalNumber(0, 1);
  expect([read(type, '0'), read(type, '0.02'), read(type, '1')]).toEqual([0, 0.02, 1]);
  for (const text of ['1.01', '-0.1', '.5', '1e-1', 'Infinity', '2 %']) {
    expect(read(type, text)).toBe('is not a number from 0 to 1');
  }
});

test('durations are whole milliseconds, exact for fractions that floats cannot hold', () => {
  expect(read(duration('seconds', 0.1, 120), '30')).toBe(30_000);
  expect(read(duration('seconds', 0.1, 120), '1.005')).toBe(1_005);
  expect(read(duration('hours', 0, 48), '1.5')).toBe(5_400_000);
  expect(read(duration('days', 1, 365), '7')).toBe(604_800_000);
});

test('durations outside their bounds are refused in the unit of the variable', () => {
  const type = duration('seconds', 0.1, 120);
  for (const text of ['0', '0.09', '121', '-1', '5s', '1.0005']) {
    expect(read(type, text)).toBe('is not a number of seconds from 0.1 to 120');
  }
});

test('a comment that an env file of Docker or kubectl kept is dropped from numbers and words', () => {
  expect(read(decimalNumber(0, 1), '0.02  # 2% for production')).toBe(0.02);
  expect(read(wholeNumber(1, 9), '5 # five')).toBe(5);
  expect(read(trueOrFalse(), 'true\t# yes')).toBe(true);
  expect(read(oneOf(['a', 'b']), 'a # b')).toBe('a');
  expect(read(majorUnits(), '50000.00 # fifty thousand')).toBe('50000.00');
  expect(read(port(), '8001 # metrics')).toBe(8001);
});

test('amounts stay exact texts', () => {
  expect(read(majorUnits(), '50000.00')).toBe('50000.00');
  expect(read(majorUnits(), '999999999999.999')).toBe('999999999999.999');
});

test.each([
  '0',
  '0.00',
  '-1',
  '1.2345',
  '1,000',
  '01.00',
  '1e3',
  '.5',
  '1.',
  '1000000000000',
  '$5',
])('%s is no amount', (text) => {
  expect(read(majorUnits(), text)).toBe(
    'is not a positive amount in major units with at most 3 decimals',
  );
});

test('ports go from 0 to 65535', () => {
  expect([read(port(), '0'), read(port(), '65535')]).toEqual([0, 65_535]);
  for (const text of ['65536', '-1', 'http', '80.5']) {
    expect(read(port(), text)).toBe('is not a port from 0 to 65535');
  }
});

test('a port that Kubernetes overwrote with the address of a service says how to stop that', () => {
  expect(read(port(), 'tcp://10.0.0.1:8000')).toContain('enableServiceLinks: false');
});

test('hosts are names or addresses, not URLs', () => {
  for (const host of ['127.0.0.1', '::', 'localhost', 'api_1.internal']) {
    expect(read(hostToListenOn(), host)).toBe(host);
  }
  expect(read(hostToListenOn(), 'http://localhost')).toBe('is not a host name or an IP address');
});

test('lists are split at commas, and empty names in them are refused', () => {
  expect(read(listOfNames(), 'a, b,c')).toEqual(['a', 'b', 'c']);
  expect(read(listOfNames(), 'a,,b')).toBe('is not a list of names separated by commas');
});
