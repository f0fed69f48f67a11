import { createTransport } from '../../src/gateways/transport.ts';
import { createStripeGateway } from '../../src/gateways/stripe/client.ts';
import { SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import { startStripeSandbox } from '../../src/sandbox/stripe/start.ts';
import { submitForm, TIMEOUTS } from './page.ts';
import type { Subject } from './subject.ts';
import { takeDeliveries } from './webhooks.ts';

/** Stripe's adapter over its sandbox. */
export const stripe: Subject = {
  name: 'stripe',
  async open() {
    const deliveries = await takeDeliveries();
    const webhook = { url: deliveries.url, secret: SANDBOX_KEYS.webhookSecret };
    const sandbox = await startStripeSandbox({ port: 0, ...SANDBOX_KEYS, webhook });
    const transport = createTransport(TIMEOUTS);
    const adapter = (apiUrl: string, secretKey: string = SANDBOX_KEYS.secretKey) =>
      createStripeGateway({
        secretKey,
        publishableKey: SANDBOX_KEYS.publishableKey,
        webhookSecrets: [SANDBOX_KEYS.webhookSecret],
        apiUrl,
        transport,
        signatureToleranceMs: 300_000,
      });
    return {
      gateway: adapter(sandbox.url),
      strangers: adapter(sandbox.url, 'sk_test_of_somebody_else'),
      unreachable: adapter('http://127.0.0.1:1'),
      sandbox,
      deliveries,
      currency: 'EUR',
      methods: {
        works: 'pm_card_visa',
        declined: [
          { method: 'pm_card_chargeDeclined', code: 'card_declined' },
          { method: 'pm_card_chargeDeclinedInsufficientFunds', code: 'insufficient_funds' },
          { method: 'pm_card_chargeDeclinedExpiredCard', code: 'expired_card' },
        ],
        asksCustomer: 'pm_card_authenticationRequired',
      },
      charges: 'at_once',
      calls: {
        pay: { method: 'POST', path: '/v1/payment_intents$' },
        capture: { method: 'POST', path: '/v1/payment_intents/*/capture' },
        cancel: { method: 'POST', path: '/v1/payment_intents/*/cancel' },
        refund: { method: 'POST', path: '/v1/refunds$' },
      },
      filterFor: ({ paymentId }) => ({ metadata: { tender_payment_id: paymentId } }),
      approve: (action) => submitForm(action, { result: 'complete' }),
      refuse: (action) => submitForm(action, { result: 'fail' }),
      async close() {
        await transport.close();
        await sandbox.close();
        await deliveries.close();
      },
    };
  },
};
