import { expect, test } from 'vitest';
import type { GatewayCall } from './observed.ts';
import { createGateways, type GatewaySettings } from './registry.ts';
import type { Exchange } from './transport.ts';

const secret = (value: string) => ({ reveal: () => value });

const ON: GatewaySettings = {
  stripe: {
    kind: 'on',
    secretKey: secret('sk_test_1'),
    publishableKey: 'pk_test_1',
    webhookSecrets: [secret('whsec_1')],
    apiUrl: 'https://api.stripe.com',
  },
  square: {
    kind: 'on',
    accessToken: secret('EAAA1'),
    applicationId: 'sq0idp-1',
    locationId: 'L1',
    currency: 'USD',
    webhookSignatureKeys: [secret('key-1')],
    webhookUrl: 'https://pay.example/hook',
    apiUrl: 'https://connect.squareup.com',
  },
  paypal: {
    kind: 'on',
    clientId: 'A1',
    clientSecret: secret('E1'),
    webhookIds: ['W1'],
    apiUrl: 'https://api-m.paypal.com',
    certificateHosts: ['api.paypal.com'],
    certificateAuthorities: null,
  },
};

const OFF = { kind: 'off', missing: [] } as const;

function registry(settings: GatewaySettings, send: () => Promise<Exchange>) {
  const begun: string[] = [];
  const calls: GatewayCall[] = [];
  const gateways = createGateways(settings, {
    transport: { send, close: async () => undefined },
    signatureToleranceMs: 300_000,
    onCallBegun: ({ gateway }) => begun.push(gateway),
    onCall: (call) => calls.push(call),
    tracer: null,
  });
  return { gateways, begun, calls };
}

const notSent = async (): Promise<Exchange> => ({
  kind: 'not_sent',
  code: 'ECONNREFUSED',
  message: 'm',
});

test('a gateway that is on is there by its name, and one that is off is not', () => {
  expect([...registry(ON, notSent).gateways.keys()]).toEqual(['stripe', 'square', 'paypal']);
  const alone = { ...ON, square: OFF, paypal: OFF };
  expect([...registry(alone, notSent).gateways.keys()]).toEqual(['stripe']);
  const off: GatewaySettings = { stripe: OFF, square: OFF, paypal: OFF };
  expect(registry(off, notSent).gateways.size).toBe(0);
});

test('every operation is reported when it begins and when it has ended, with its outcome and how long it took', async () => {
  const { gateways, begun, calls } = registry(ON, notSent);
  const gateway = gateways.get('stripe');
  if (!gateway) throw new Error('Stripe is off');
  const money = { idempotencyKey: 'key-1', requestId: 'req_1' };
  const id = { gatewayPaymentId: 'pi_1' };
  const amount = { amount: 1000n, currency: 'USD' };
  const reference = { paymentId: 'pay_1', attemptId: 'att_1' };
  const terms = {
    ...amount,
    captureMethod: 'automatic',
    description: null,
    statementDescriptor: null,
    orderId: null,
    reference,
    paymentMethod: null,
    offSession: false,
    returnUrl: null,
    gatewayCustomerId: null,
    savePaymentMethod: false,
  } as const;
  await gateway.createPayment(terms, money);
  await gateway.confirmPayment({ ...id, ...terms }, money);
  await gateway.completePayment({ ...id, ...terms }, money);
  await gateway.capturePayment({ ...id, ...amount }, money);
  await gateway.cancelPayment({ ...id, reason: null }, money);
  await gateway.createRefund(
    { ...id, ...amount, reason: null, paymentId: 'pay_1', refundId: 'ref_1' },
    money,
  );
  await gateway.retrievePayment('pi_1', money);
  await gateway.findPayment({ reference, createdAt: new Date() }, money);
  await gateway.listRefunds('pi_1', money);
  await gateway.retrieveDispute('dp_1', money);
  const customer = { customerId: 'cus_1', gatewayCustomerId: 'cus_1' };
  await gateway.createCustomer({ ...customer, email: null, name: null }, money);
  await gateway.deleteCustomer('cus_1', money);
  await gateway.saveMethod({ ...customer, paymentMethod: 'pm_1', returnUrl: null }, money);
  await gateway.detachMethod({ ...customer, gatewayMethodId: 'pm_1' }, money);

  expect(begun).toEqual(calls.map(({ gateway }) => gateway));
  expect(calls.map(({ gateway, operation, outcome }) => [gateway, operation, outcome])).toEqual([
    ['stripe', 'create_payment', 'refused'],
    ['stripe', 'confirm_payment', 'refused'],
    ['stripe', 'complete_payment', 'refused'],
    ['stripe', 'capture_payment', 'refused'],
    ['stripe', 'cancel_payment', 'refused'],
    ['stripe', 'create_refund', 'refused'],
    ['stripe', 'retrieve_payment', 'unavailable'],
    ['stripe', 'find_payment', 'unavailable'],
    ['stripe', 'list_refunds', 'unavailable'],
    ['stripe', 'retrieve_dispute', 'unavailable'],
    ['stripe', 'create_customer', 'refused'],
    ['stripe', 'delete_customer', 'refused'],
    ['stripe', 'save_method', 'refused'],
    ['stripe', 'detach_method', 'refused'],
  ]);
  for (const { durationMs } of calls) expect(durationMs).toBeGreaterThanOrEqual(0);
});

test('a webhook is verified with the secrets and the tolerance of the settings', () => {
  const gateway = registry(ON, notSent).gateways.get('stripe');
  const verdict = gateway?.verifyWebhook({
    headers: { 'stripe-signature': `t=1,v1=${'0'.repeat(64)}` },
    rawBody: Buffer.from('{}'),
    receivedAt: new Date(),
  });
  expect(verdict).toMatchObject({ kind: 'rejected', reason: 'signature_mismatch' });
});
