import { expect, test } from 'vitest';
import { otlpEndpoint, otlpHeaders, readOtlpHeaders } from './otlp-types.ts';

test.each([
  ['http://otel-collector:4318', 'http://otel-collector:4318'],
  ['https://traces.example.com/otlp/', 'https://traces.example.com/otlp'],
])('a collector is an address, with a path or without: %s', (text, url) => {
  expect(otlpEndpoint().parse(text)).toBe(url);
});

test.each(['otel-collector:4318', 'grpc://h:4317', 'http://user:hush@h', 'http://h/?key=hush', ''])(
  'what cannot be one, or hides credentials, is refused: %s',
  (text) => {
    expect(otlpEndpoint().safeParse(text).success).toBe(false);
  },
);

test('headers are pairs by commas, percent-encoded, and a secret until they are read', () => {
  const headers = otlpHeaders().parse('authorization=Basic%20YTpiPQ==, x-tenant=shop');
  expect(String(headers)).toBe('[secret]');
  expect(readOtlpHeaders(headers)).toEqual({
    authorization: 'Basic YTpiPQ==',
    'x-tenant': 'shop',
  });
  expect(readOtlpHeaders(null)).toEqual({});
});

test.each(['authorization', 'a=b,', '=b', 'a b=c', 'a=%zz', 'a=b c'])(
  'what is no list of headers is refused: %s',
  (text) => {
    expect(otlpHeaders().safeParse(text).success).toBe(false);
  },
);
