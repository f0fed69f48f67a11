import { expect, test } from 'vitest';
import { reach } from './metrics.ts';

const PUBLIC = '203.0.114.7';

test.each([
  ['everywhere, on a machine with a public address', '0.0.0.0', [PUBLIC], 'warn'],
  ['everywhere in both families', '::', [PUBLIC], 'warn'],
  ['at the public address', PUBLIC, [PUBLIC], 'warn'],
  ['at a private address of such a machine', '10.0.0.5', [PUBLIC], 'pass'],
  ['everywhere, on a machine without one', '0.0.0.0', [], 'pass'],
])('metrics that are served %s', (_where, host, publicAddresses, status) => {
  expect(reach({ enabled: true, host, port: 8001 }, publicAddresses).status).toBe(status);
});

test('metrics that are not served are out of reach', () => {
  const metrics = { enabled: false, host: '0.0.0.0', port: 8001 };
  expect(reach(metrics, [PUBLIC]).status).toBe('pass');
});
