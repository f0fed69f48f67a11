import { createPayPalGateway } from '../../src/gateways/paypal/client.ts';
import { createTransport } from '../../src/gateways/transport.ts';
import { PAYPAL_SANDBOX_KEYS as KEYS } from '../../src/sandbox/credentials.ts';
import { startPayPalSandbox } from '../../src/sandbox/paypal/start.ts';
import { submitForm, TIMEOUTS } from './page.ts';
import type { Subject } from './subject.ts';
import { takeDeliveries } from './webhooks.ts';

/** PayPal's adapter over its sandbox. */
export const paypal: Subject = {
  name: 'paypal',
  async open() {
    const deliveries = await takeDeliveries();
    const webhook = { url: deliveries.url, webhookId: KEYS.webhookId };
    const sandbox = await startPayPalSandbox({ port: 0, ...KEYS, webhook });
    const transport = createTransport(TIMEOUTS);
    const adapter = (apiUrl: string, clientSecret: string = KEYS.clientSecret) =>
      createPayPalGateway({
        clientId: KEYS.clientId,
        clientSecret,
        webhookIds: [KEYS.webhookId],
        apiUrl,
        certificateHosts: [new URL(sandbox.url).host],
        certificateAuthorities: [sandbox.certificateAuthority],
        transport,
        signatureToleranceMs: 300_000,
      });
    return {
      gateway: adapter(sandbox.url),
      strangers: adapter(sandbox.url, 'secret-of-somebody-else'),
      unreachable: adapter('http://127.0.0.1:1'),
      sandbox,
      deliveries,
      currency: 'EUR',
      methods: {
        works: 'paypal',
        declined: [
          {
            method: 'paypal',
            code: 'card_declined',
            approve: (action) => submitForm(action, { result: 'approve-declined' }),
          },
        ],
        asksCustomer: 'paypal',
      },
      charges: 'on_completion',
      calls: {
        pay: { method: 'POST', path: '/v2/checkout/orders/*/capture' },
        capture: { method: 'POST', path: '/v2/payments/authorizations/*/capture' },
        cancel: { method: 'POST', path: '/v2/payments/authorizations/*/void' },
        refund: { method: 'POST', path: '/v2/payments/captures/*/refund' },
      },
      filterFor: ({ paymentId, attemptId }) => ({
        metadata: { custom_id: `${paymentId}.${attemptId}` },
      }),
      approve: (action) => submitForm(action, { result: 'approve' }),
      refuse: null,
      async close() {
        await transport.close();
        await sandbox.close();
        await deliveries.close();
      },
    };
  },
};
