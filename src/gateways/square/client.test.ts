import { expect, test } from 'vitest';
import { createSquareGateway } from './client.ts';
import { gatewayWith } from './square.fixture.ts';

const OPTIONS = {
  accessToken: 'token-1',
  applicationId: null,
  locationId: 'L1',
  currency: 'CAD',
  webhookSignatureKeys: [],
  webhookUrl: 'https://pay.example.com/hook',
  apiUrl: 'https://connect.squareup.com',
  transport: { close: async () => undefined, send: () => Promise.reject(new Error('Not asked')) },
};

test('a checkout page is told the application and the location, and nothing that is secret', () => {
  const { gateway } = gatewayWith();
  expect(gateway.publishableKey).toBe('sq0idp-1');
  expect(gateway.checkoutKeys).toEqual({ application_id: 'sq0idp-1', location_id: 'L1' });
  const unknown = createSquareGateway(OPTIONS);
  expect(unknown.publishableKey).toBeNull();
  expect(unknown.checkoutKeys).toEqual({ location_id: 'L1' });
});

test('it charges in the currency of its location and in no other', () => {
  const gateway = createSquareGateway(OPTIONS);
  expect(gateway.currencies).toEqual(['CAD']);
  expect(gateway.checkAmount(100n, 'CAD')).toBeNull();
  expect(gateway.checkAmount(100n, 'USD')).toMatchObject({ code: 'currency_not_supported' });
});

test('its tokens are known by how they begin, with a verification behind them or without', () => {
  const { gateway } = gatewayWith();
  for (const ours of ['cnon:card-nonce-ok', 'ccof:1', 'wnon:1', 'cnon:1|verf:token'])
    expect(gateway.takesPaymentMethod(ours), ours).toBe(true);
  for (const other of [
    'pm_1',
    'paypal',
    'cnon:',
    'cnon:1|',
    'cnon:1|token',
    'verf:token',
    'x cnon:1',
  ])
    expect(gateway.takesPaymentMethod(other), other).toBe(false);
});

test('a delivery is checked with the configured keys and URL', async () => {
  const headers = { 'x-square-hmacsha256-signature': 'A'.repeat(43) + '=' };
  const delivery = { headers, rawBody: Buffer.from('{}'), receivedAt: new Date() };
  expect(await createSquareGateway(OPTIONS).verifyWebhook(delivery)).toMatchObject({
    kind: 'rejected',
    reason: 'signature_mismatch',
  });
});
