import type { CreatePayment, Gateway } from '../gateway.ts';
import type { Exchange, GatewayRequest } from '../transport.ts';
import { createSquareGateway } from './client.ts';

export const CALL = { idempotencyKey: 'k'.repeat(43), requestId: 'req_ours' };

/** A payment of 20.00 USD with a card. */
export const PAYMENT: CreatePayment = {
  amount: 2000n,
  currency: 'USD',
  captureMethod: 'automatic',
  paymentMethod: 'cnon:card-nonce-ok',
  offSession: false,
  returnUrl: null,
  gatewayCustomerId: null,
  savePaymentMethod: false,
  description: null,
  statementDescriptor: null,
  orderId: null,
  reference: { paymentId: 'pay_1', attemptId: 'att_1' },
};

export const usd = (amount: number) => ({ amount, currency: 'USD' });

/** A payment as Square writes it: 20.00 USD, completed unless it is said otherwise. */
export function squarePayment(over: object = {}): object {
  return {
    id: 'PAYMENT1',
    status: 'COMPLETED',
    amount_money: usd(2000),
    approved_money: usd(2000),
    source_type: 'CARD',
    delayed_until: '2026-11-27T12:00:00.000Z',
    reference_id: 'att_1',
    version_token: 'version-1',
    card_details: { status: 'CAPTURED', card: { card_brand: 'VISA', last_4: '1111' } },
    ...over,
  };
}

/** A refund of 5.00 USD as Square writes it, made by us. */
export function squareRefund(over: object = {}): object {
  return {
    id: 'REFUND1',
    status: 'PENDING',
    amount_money: usd(500),
    payment_id: 'PAYMENT1',
    reason: 'duplicate (ref_1)',
    ...over,
  };
}

/** The gateway over a transport that gives the answers in turn, and what it was asked. */
export function gatewayWith(...answers: Exchange[]): {
  gateway: Gateway;
  requests: GatewayRequest[];
  bodies: () => unknown[];
} {
  const requests: GatewayRequest[] = [];
  const gateway = createSquareGateway({
    accessToken: 'token-1',
    applicationId: 'sq0idp-1',
    locationId: 'L1',
    currency: 'USD',
    webhookSignatureKeys: ['signature-key'],
    webhookUrl: 'https://pay.example.com/hook',
    apiUrl: 'https://connect.squareup.com',
    transport: {
      close: async () => undefined,
      send: async (request) => {
        const next = answers[requests.push(request) - 1];
        if (!next) throw new Error(`One request more than expected: ${request.path}`);
        return next;
      },
    },
  });
  const bodies = () =>
    requests.map(({ body }) => (body === null ? null : JSON.parse(body)) as unknown);
  return { gateway, requests, bodies };
}

/** An answer with a JSON body. */
export function answer(body: unknown, status = 200): Exchange & { kind: 'answered' } {
  return {
    kind: 'answered',
    status,
    headers: { 'square-request-id': 'square-1' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/** Square's no, with one error and what stands beside it. */
export function squareError(
  code: string,
  { category = 'INVALID_REQUEST_ERROR', status = 400, ...beside }: Record<string, unknown> = {},
): Exchange & { kind: 'answered' } {
  return answer({ errors: [{ category, code, detail: `Of ${code}` }], ...beside }, Number(status));
}

export const SILENCE: Exchange = { kind: 'no_answer', code: 'timeout', message: 'Too late' };
export const NOT_SENT: Exchange = { kind: 'not_sent', code: 'ECONNREFUSED', message: 'Nobody' };
