import { createSquareGateway } from '../../src/gateways/square/client.ts';
import { createTransport } from '../../src/gateways/transport.ts';
import { SQUARE_SANDBOX_KEYS as KEYS } from '../../src/sandbox/credentials.ts';
import { startSquareSandbox } from '../../src/sandbox/square/start.ts';
import { TIMEOUTS } from './page.ts';
import type { Subject } from './subject.ts';
import { takeDeliveries } from './webhooks.ts';

/** Square's adapter over its sandbox. */
export const square: Subject = {
  name: 'square',
  async open() {
    const deliveries = await takeDeliveries();
    const webhook = { url: deliveries.url, signatureKey: KEYS.signatureKey };
    const sandbox = await startSquareSandbox({ port: 0, ...KEYS, webhook });
    const transport = createTransport(TIMEOUTS);
    const adapter = (apiUrl: string, accessToken: string = KEYS.accessToken) =>
      createSquareGateway({
        accessToken,
        applicationId: KEYS.applicationId,
        locationId: KEYS.locationId,
        currency: 'USD',
        webhookSignatureKeys: [KEYS.signatureKey],
        webhookUrl: deliveries.url,
        apiUrl,
        transport,
      });
    return {
      gateway: adapter(sandbox.url),
      strangers: adapter(sandbox.url, 'EAAA-of-somebody-else'),
      unreachable: adapter('http://127.0.0.1:1'),
      sandbox,
      deliveries,
      currency: 'USD',
      methods: {
        works: 'cnon:card-nonce-ok',
        declined: [
          { method: 'cnon:card-nonce-declined', code: 'card_declined' },
          { method: 'cnon:card-nonce-insufficient-funds', code: 'insufficient_funds' },
          { method: 'cnon:card-nonce-rejected-cvv', code: 'incorrect_cvc' },
          { method: 'cnon:card-nonce-rejected-expiration', code: 'expired_card' },
          { method: 'cnon:card-nonce-requires-verification', code: 'authentication_required' },
        ],
        asksCustomer: null,
      },
      charges: 'at_once',
      calls: {
        pay: { method: 'POST', path: '/v2/payments$' },
        capture: { method: 'POST', path: '/v2/payments/*/complete' },
        cancel: { method: 'POST', path: '/v2/payments/*/cancel' },
        refund: { method: 'POST', path: '/v2/refunds$' },
      },
      filterFor: ({ attemptId }) => ({ metadata: { reference_id: attemptId } }),
      approve: () => Promise.reject(new Error('Square asks nobody')),
      refuse: null,
      async close() {
        await transport.close();
        await sandbox.close();
        await deliveries.close();
      },
    };
  },
};
