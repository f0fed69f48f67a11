import type { Gateway } from '../gateway.ts';
import type { Transport } from '../transport.ts';
import { createAccessTokens } from './access-tokens.ts';
import { checkAmount, CURRENCIES } from './amounts.ts';
import { createApi } from './api.ts';
import { createCertificates } from './certificates.ts';
import { createCustomers } from './customers.ts';
import { createDisputes } from './disputes.ts';
import { createSettlement } from './settlement.ts';
import { takesPaymentMethod } from './order-requests.ts';
import { createPayments } from './payments.ts';
import { translateWebhook, verifyWebhook } from './webhook.ts';

export interface PayPalGatewayOptions {
  clientId: string;
  clientSecret: string;
  /** The ids of the webhooks that deliver here: several while one replaces another. */
  webhookIds: readonly string[];
  /** Scheme, host and port of PayPal's API, or of a sandbox. */
  apiUrl: string;
  /** The hosts that a delivery's certificate may be fetched from. */
  certificateHosts: readonly string[];
  /** PEM of those who may vouch for that certificate; `null` for those that the runtime trusts. */
  certificateAuthorities: readonly string[] | null;
  transport: Transport;
  /** How far a delivery's timestamp may be in the future. */
  signatureToleranceMs: number;
}

/**
 * PayPal answers a repeated request id with its first result for six hours where orders are concerned, and for 45 days
 * with captures and refunds: https://developer.paypal.com/api/rest/reference/idempotency/
 */
const KEY_LIFETIME_MS = 6 * 3_600_000;

/** The adapter for PayPal: orders v2, payments v2, vault v3 and disputes v1. */
export function createPayPalGateway(options: PayPalGatewayOptions): Gateway {
  const { apiUrl, transport, webhookIds } = options;
  const tokens = createAccessTokens(options);
  const api = createApi({ apiUrl, transport, tokens });
  const certificates = createCertificates({
    apiUrl,
    transport,
    hosts: options.certificateHosts,
    authorities: options.certificateAuthorities,
  });
  const verification = { webhookIds, certificates, toleranceMs: options.signatureToleranceMs };
  const payments = createPayments(api);
  return {
    name: 'paypal',
    capabilities: {
      keyLifetimeMs: KEY_LIFETIME_MS,
      partialCapture: true,
      partialRefund: true,
      savedMethods: true,
      redirect: true,
      settlementRecords: 'without_payouts',
      searchByReference: false,
      createsWithoutMethod: true,
      // https://www.paypal.com/mt/cshelp/article/how-do-i-issue-a-refund-help101: fees are not given back.
      feeOnRefund: 'kept',
    },
    currencies: CURRENCIES,
    publishableKey: options.clientId,
    checkoutKeys: { client_id: options.clientId },
    checkAmount,
    takesPaymentMethod,
    ...payments,
    /** PayPal forgets orders that are not paid within hours, and those alone. */
    async retrievePayment(id, call) {
      const found = await payments.retrievePayment(id, call);
      return found.kind === 'not_found' ? { kind: 'gone' } : found;
    },
    // PayPal's orders cannot be searched. But one whose id was never learned has no payer, since nobody was sent to it,
    // and making it takes no money: PayPal forgets it as any that is not paid.
    findPayment: () => Promise.resolve({ kind: 'gone' }),
    /** PayPal takes the credentials where it grants a new token for them. */
    async checkCredentials() {
      const access = await tokens.renew();
      return access.kind === 'token'
        ? { kind: 'found', report: null }
        : { kind: 'unavailable', error: access.error };
    },
    ...createDisputes(api),
    ...createSettlement(api),
    ...createCustomers(api),
    verifyWebhook: (delivery) => verifyWebhook(verification, delivery),
    translateWebhook,
  };
}
