import { afterAll, beforeAll, expect, test } from 'vitest';
import { SQUARE_SANDBOX_KEYS as KEYS } from '../../src/sandbox/credentials.ts';
import { startSquareSandbox } from '../../src/sandbox/square/start.ts';
import { createTransport, type Transport } from '../../src/gateways/transport.ts';
import { createApi } from '../../src/gateways/square/api.ts';
import { checkCredentials } from '../../src/gateways/square/credentials.ts';

let sandbox: Awaited<ReturnType<typeof startSquareSandbox>>;
let transport: Transport;

beforeAll(async () => {
  sandbox = await startSquareSandbox({ port: 0, ...KEYS });
  transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 5_000 });
});

afterAll(async () => {
  await transport.close();
  await sandbox.close();
});

test.each([
  ['its location in its currency', KEYS.locationId, 'USD', { kind: 'found' }],
  ['its location in another currency', KEYS.locationId, 'EUR', { kind: 'unavailable' }],
  ['a location that it does not have', 'LNOBODYS', 'USD', { kind: 'not_found' }],
])('an account is asked for %s', async (_what, locationId, currency, expected) => {
  const api = createApi({ apiUrl: sandbox.url, accessToken: KEYS.accessToken, transport });
  const location = { locationId, currency };
  expect(await checkCredentials(api, location, { requestId: 'req_1' })).toMatchObject(expected);
});
