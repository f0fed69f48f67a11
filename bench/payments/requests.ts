import { randomUUID } from 'node:crypto';
import { createStripeGateway } from '../../src/gateways/stripe/client.ts';
import type { GatewayRequest } from '../../src/gateways/transport.ts';
import type { LoadRequest } from '../load/http-client.ts';

/** Whom a payment is asked of: Tender, or the gateway itself. */
export type PaymentTarget =
  | { kind: 'tender'; url: string; apiKey: string }
  | { kind: 'gateway'; url: string; request: GatewayRequest };

const PAYMENT = { amount: 1250, currency: 'EUR', payment_method: 'pm_card_visa', confirm: true };
const BODY = JSON.stringify(PAYMENT);

/** The next payment that is asked of a target: always the same, under a key that is always another. */
export function paymentRequest(target: PaymentTarget): LoadRequest {
  const key = randomUUID();
  if (target.kind === 'tender') {
    return {
      path: '/api/v1/payments',
      headers: {
        authorization: `Bearer ${target.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: BODY,
    };
  }
  const { path, headers, body } = target.request;
  return { path, headers: { ...headers, 'Idempotency-Key': key }, body: body ?? '' };
}

/** The request that Tender's adapter sends to the gateway for such a payment, caught on its way. */
export async function gatewayRequest(apiUrl: string, secretKey: string): Promise<GatewayRequest> {
  let caught: GatewayRequest | null = null;
  const gateway = createStripeGateway({
    secretKey,
    publishableKey: null,
    webhookSecrets: [],
    apiUrl,
    signatureToleranceMs: 0,
    transport: {
      async send(request) {
        caught = request;
        return { kind: 'not_sent', code: 'caught', message: 'It was only to be looked at' };
      },
      close: async () => undefined,
    },
  });
  const none = { description: null, statementDescriptor: null, orderId: null, returnUrl: null };
  await gateway.createPayment(
    {
      ...none,
      amount: BigInt(PAYMENT.amount),
      currency: PAYMENT.currency,
      captureMethod: 'automatic',
      paymentMethod: PAYMENT.payment_method,
      offSession: false,
      gatewayCustomerId: null,
      savePaymentMethod: false,
      reference: { paymentId: `pay_${'0'.repeat(26)}`, attemptId: `att_${'0'.repeat(26)}` },
    },
    { idempotencyKey: 'caught', requestId: `req_${'0'.repeat(26)}` },
  );
  if (caught === null) throw new Error('the adapter sent nothing');
  return caught;
}
