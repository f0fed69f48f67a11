import type { Confirmation, PaymentTerms } from '../gateway.ts';
import { toPayPalMoney } from './amounts.ts';
import { writeOurs } from './references.ts';

/** With this the customer is sent to PayPal; every other payment method is the id of a wallet that PayPal keeps. */
export const PAYPAL = 'paypal';

/**
 * The setup tokens and vault ids that PayPal gives out: letters and digits without any sign, which no other gateway's
 * tokens are. Source: https://developer.paypal.com/docs/api/payment-tokens/v3/
 */
const VAULT_ID = /^[0-9A-Za-z]{8,255}$/;

/** Whether a payment method can be one of PayPal's. */
export function takesPaymentMethod(paymentMethod: string): boolean {
  return paymentMethod === PAYPAL || VAULT_ID.test(paymentMethod);
}

const MAX_DESCRIPTION_BYTES = 127;
const MAX_DESCRIPTOR = 22;

/**
 * The body of an order. It has no `invoice_id`: an account may insist that each is paid once, which would turn down
 * the second attempt of a payment, and PayPal tells repetitions by their request id already.
 * Source: https://developer.paypal.com/docs/api/orders/v2/#orders_create
 */
export function orderBody(terms: PaymentTerms, source: object | null): object {
  const { reference } = terms;
  return {
    intent: terms.captureMethod === 'manual' ? 'AUTHORIZE' : 'CAPTURE',
    purchase_units: [
      {
        amount: toPayPalMoney(terms.amount, terms.currency),
        custom_id: writeOurs(reference.paymentId, reference.attemptId),
        ...given('description', shortened(terms.description ?? '', MAX_DESCRIPTION_BYTES)),
        ...given('soft_descriptor', (terms.statementDescriptor ?? '').slice(0, MAX_DESCRIPTOR)),
      },
    ],
    ...(source && { payment_source: source }),
  };
}

/** Sends the payer to PayPal and back to `returnUrl`, whatever they decide there; `savePaymentMethod` keeps the wallet. */
function walletSource(
  { gatewayCustomerId, savePaymentMethod }: Confirmation,
  returnUrl: string,
): object {
  const customer = gatewayCustomerId === null ? {} : { customer: { id: gatewayCustomerId } };
  const vault = { store_in_vault: 'ON_SUCCESS', usage_type: 'MERCHANT' };
  return {
    paypal: {
      experience_context: {
        return_url: returnUrl,
        cancel_url: returnUrl,
        user_action: 'PAY_NOW',
        shipping_preference: 'NO_SHIPPING',
      },
      ...(savePaymentMethod && { attributes: { ...customer, vault } }),
    },
  };
}

/** Whether a payment is to be made with a wallet that PayPal keeps, whose owner agreed when it was saved. */
export function isKeptWallet({ paymentMethod }: Pick<Confirmation, 'paymentMethod'>): boolean {
  return paymentMethod !== null && paymentMethod !== PAYPAL;
}

/** How an order is to be paid: without a body it is not said to PayPal yet. */
export type Source =
  | { kind: 'source'; body: object | null }
  | { kind: 'missing'; code: string; detail: string };

/** What an order, or its confirmation, says of how it is to be paid. A kept wallet is named when it is charged. */
export function sourceOf(request: Confirmation): Source {
  if (request.paymentMethod !== PAYPAL) return { kind: 'source', body: null };
  if (request.returnUrl === null) return RETURN_URL_MISSING;
  return { kind: 'source', body: walletSource(request, request.returnUrl) };
}

/** What is wrong where the customer cannot be led back. */
export const RETURN_URL_MISSING = {
  kind: 'missing',
  code: 'return_url_missing',
  detail: 'PayPal needs a return_url, to which it sends the customer back',
} as const;

/** Charges a kept wallet, or, without a source, with what the payer has agreed to. */
export function completionBody(request: Confirmation): object {
  if (!isKeptWallet(request)) return {};
  return { payment_source: { paypal: { vault_id: request.paymentMethod } } };
}

/** A text where there is one, and no property where there is none: PayPal refuses empty ones. */
function given(name: string, text: string): Record<string, string> {
  return text === '' ? {} : { [name]: text };
}

/** PayPal counts some characters more than once; none counts for more than it has bytes. */
function shortened(text: string, maxBytes: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
