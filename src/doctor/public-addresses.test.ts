import { expect, test } from 'vitest';
import { publicAmong } from './public-addresses.ts';

test('only addresses that the Internet can reach are public', () => {
  const of = (...addresses: string[]) =>
    publicAmong(
      addresses.map((address) => ({ address, family: address.includes(':') ? 'IPv6' : 'IPv4' })),
    );
  const reachable = ['8.8.8.8', '172.32.0.1', '11.0.0.1', '2001:4860:4860::8888'];
  expect(of(...reachable)).toEqual(reachable);
  const unreachable = ['127.0.0.1', '10.1.2.3', '172.31.255.255', '192.168.1.1', '100.64.0.1'];
  expect(of(...unreachable, '169.254.1.1', '::1', 'fd00::1', 'fe80::1')).toEqual([]);
});
