import type { CompletePayment, Gateway } from '../gateway.ts';
import type { Exchange, GatewayRequest } from '../transport.ts';
import { createPayPalGateway } from './client.ts';

export const CALL = { idempotencyKey: 'key-1', requestId: 'req_ours' };

/** A payment of 20.00 USD with a wallet whose owner has agreed. */
export const PAYMENT: CompletePayment = {
  gatewayPaymentId: 'ORDER1',
  amount: 2000n,
  currency: 'USD',
  captureMethod: 'automatic',
  paymentMethod: 'paypal',
  offSession: false,
  returnUrl: 'https://shop.example.com/return',
  gatewayCustomerId: null,
  savePaymentMethod: false,
  description: null,
  statementDescriptor: null,
  orderId: null,
  reference: { paymentId: 'pay_1', attemptId: 'att_1' },
};

/** The gateway over a transport that gives the answers in turn, and what it was asked, the token aside. */
export function gatewayWith(...answers: Exchange[]): {
  gateway: Gateway;
  requests: GatewayRequest[];
} {
  const requests: GatewayRequest[] = [];
  const gateway = createPayPalGateway({
    clientId: 'client',
    clientSecret: 'secret',
    webhookIds: ['WEBHOOK1'],
    apiUrl: 'https://api-m.paypal.com',
    certificateHosts: ['api.paypal.com'],
    certificateAuthorities: null,
    signatureToleranceMs: 300_000,
    transport: {
      close: async () => undefined,
      send: async (request) => {
        if (request.path === '/v1/oauth2/token') {
          return answer({ access_token: 'token-1', expires_in: 32_400 });
        }
        const next = answers[requests.push(request) - 1];
        if (!next) throw new Error('One request more than expected');
        return next;
      },
    },
  });
  return { gateway, requests };
}

/** An answer with a JSON body. */
export function answer(body: unknown, status = 200): Exchange {
  return {
    kind: 'answered',
    status,
    headers: { 'paypal-debug-id': 'debug-1' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/** An error with one issue. */
export function issue(name: string, status = 422, links: object[] = []): Exchange {
  const details = [{ issue: name, description: `About ${name}` }];
  return answer({ name: 'UNPROCESSABLE_ENTITY', message: 'No.', details, links }, status);
}

/** An order of 20.00 USD. */
export function order(over: object = {}, payments: object | null = null): object {
  return {
    id: 'ORDER1',
    intent: 'CAPTURE',
    status: 'CREATED',
    purchase_units: [
      {
        amount: { currency_code: 'USD', value: '20.00' },
        custom_id: 'pay_1.att_1',
        ...(payments && { payments }),
      },
    ],
    links: [],
    ...over,
  };
}

/** A capture of the whole order. */
export function capture(over: object = {}): object {
  return {
    id: 'CAPTURE1',
    status: 'COMPLETED',
    amount: { currency_code: 'USD', value: '20.00' },
    ...over,
  };
}

/** What a request carries as JSON. */
export function bodyOf(request: GatewayRequest | undefined): unknown {
  return request?.body ? JSON.parse(request.body) : null;
}

/** Method and path of each request. */
export function linesOf(requests: readonly GatewayRequest[]): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}
