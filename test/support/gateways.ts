import { PAYPAL_SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import type { BooksFilter } from '../../src/sandbox/books.ts';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';
import { startPayPalSandbox } from '../../src/sandbox/paypal/start.ts';
import { openSquareSandbox } from './square.ts';
import { openStripeSandbox, type AnySandbox, type OpenSandbox } from './tender.ts';

/** What a test has to know of a gateway to take a payment through it. */
export interface GatewayUnderTest {
  name: string;
  open: OpenSandbox<AnySandbox>;
  currency: string;
  method: string;
  /** The request that takes the customer's money. */
  moneyCall: { method: 'POST'; path: string };
  /** Which process makes that request. */
  chargedBy: 'api' | 'worker';
  /** The form with which the customer agrees, where they are asked. */
  agreement: string | null;
  /** How the sandbox's books find a payment of ours. */
  filterFor: (ids: { paymentId: string; attemptId: string }) => BooksFilter;
}

type RequestFault = Extract<FaultRuleInput, { fault: unknown }>['fault'];

/** A fault that meets the request that takes the money, once. */
export function atTheMoney({ moneyCall }: GatewayUnderTest, fault: RequestFault): FaultRuleInput {
  return { match: moneyCall, fault, times: 1 };
}

export const GATEWAYS: readonly GatewayUnderTest[] = [
  {
    name: 'stripe',
    open: openStripeSandbox,
    currency: 'EUR',
    method: 'pm_card_visa',
    moneyCall: { method: 'POST', path: '/v1/payment_intents$' },
    chargedBy: 'api',
    agreement: null,
    filterFor: ({ paymentId }) => ({ metadata: { tender_payment_id: paymentId } }),
  },
  {
    name: 'square',
    open: openSquareSandbox,
    currency: 'USD',
    method: 'cnon:card-nonce-ok',
    moneyCall: { method: 'POST', path: '/v2/payments$' },
    chargedBy: 'api',
    agreement: null,
    filterFor: ({ attemptId }) => ({ metadata: { reference_id: attemptId } }),
  },
  {
    name: 'paypal',
    async open(baseUrl) {
      const { clientId, clientSecret, webhookId } = PAYPAL_SANDBOX_KEYS;
      const webhook = { url: `${baseUrl}/paypal`, webhookId };
      const sandbox = await startPayPalSandbox({ port: 0, clientId, clientSecret, webhook });
      const settings = {
        PAYPAL_CLIENT_ID: clientId,
        PAYPAL_CLIENT_SECRET: clientSecret,
        PAYPAL_WEBHOOK_ID: webhookId,
        PAYMENT_PAYPAL_API_URL: sandbox.url,
        PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY: sandbox.certificateAuthority,
      };
      return { sandbox, settings };
    },
    currency: 'EUR',
    method: 'paypal',
    moneyCall: { method: 'POST', path: '/v2/checkout/orders/*/capture' },
    chargedBy: 'worker',
    agreement: 'result=approve',
    filterFor: ({ paymentId, attemptId }) => ({
      metadata: { custom_id: `${paymentId}.${attemptId}` },
    }),
  },
];
