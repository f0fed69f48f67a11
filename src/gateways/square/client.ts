import type { Gateway } from '../gateway.ts';
import type { Transport } from '../transport.ts';
import { createApi } from './api.ts';
import { checkCredentials } from './credentials.ts';
import { createCustomers } from './customers.ts';
import { createDisputes } from './disputes.ts';
import { createSettlement } from './settlement.ts';
import { checkAmount } from './mapping.ts';
import { createPayments } from './payments.ts';
import { translateWebhook, verifyWebhook } from './webhook.ts';

export interface SquareGatewayOptions {
  accessToken: string;
  applicationId: string | null;
  /** The location whose payments these are. */
  locationId: string;
  /** The location's currency, the only one that it takes. */
  currency: string;
  /** Every key that a delivery may be signed with: several while one replaces another. */
  webhookSignatureKeys: readonly string[];
  /** The notification URL of the webhook subscription, to the letter. */
  webhookUrl: string;
  /** Scheme, host and port of Square's API, or of a sandbox. */
  apiUrl: string;
  transport: Transport;
}

/**
 * Square does not say how long it remembers a key, so one is trusted for an hour: the resolver stops an hour before
 * this ends.
 */
const KEY_LIFETIME_MS = 2 * 3_600_000;

/** A card nonce, a card on file, or a token of a wallet; `|` and a verification token may follow. */
const PAYMENT_METHOD = /^(?:cnon|ccof|wnon|bnon|gftc):[^|]+(?:\|verf:[^|]+)?$/;

/** The adapter for Square: one location's payments, refunds, cards on file and disputes. */
export function createSquareGateway(options: SquareGatewayOptions): Gateway {
  const { applicationId, locationId, currency, webhookSignatureKeys: signatureKeys } = options;
  const api = createApi(options);
  return {
    name: 'square',
    capabilities: {
      keyLifetimeMs: KEY_LIFETIME_MS,
      partialCapture: true,
      partialRefund: true,
      savedMethods: true,
      redirect: false,
      settlementRecords: 'with_payouts',
      searchByReference: true,
      createsWithoutMethod: false,
      // Since 2023 they are not given back: https://squareup.com/gb/en/press/refund-policy-update
      feeOnRefund: 'kept',
    },
    currencies: [currency],
    publishableKey: applicationId,
    checkoutKeys: {
      ...(applicationId === null ? {} : { application_id: applicationId }),
      location_id: locationId,
    },
    checkAmount: (amount, asked) => checkAmount(amount, asked, currency),
    takesPaymentMethod: (paymentMethod) => PAYMENT_METHOD.test(paymentMethod),
    ...createPayments(api, { locationId, currency }),
    checkCredentials: (call) => checkCredentials(api, { locationId, currency }, call),
    ...createDisputes(api),
    ...createSettlement(api, { locationId }),
    ...createCustomers(api),
    verifyWebhook: (delivery) =>
      verifyWebhook({ signatureKeys, url: options.webhookUrl }, delivery),
    translateWebhook,
  };
}
