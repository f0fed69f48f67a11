import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import { failedOutcome } from '../json-answer.ts';
import type { Api } from './api.ts';
import { savedWallet } from './mapping.ts';
import { refusedHere } from './order-outcomes.ts';
import { PAYPAL, RETURN_URL_MISSING } from './order-requests.ts';

type CustomerOperations = Pick<
  Gateway,
  'createCustomer' | 'deleteCustomer' | 'saveMethod' | 'detachMethod'
>;

const Id = z.string().min(1).max(255);

const SetupToken = z.object({
  id: Id,
  links: z.array(z.object({ rel: z.string(), href: z.string() })),
});

const PaymentToken = z.object({ id: Id });

/** What PayPal's setup tokens look like. */
const SETUP_TOKEN = /^[0-9A-Z]{8,255}$/;

/**
 * Customers and the wallets that PayPal keeps for them: https://developer.paypal.com/docs/api/payment-tokens/v3/
 *
 * PayPal has no customers of its own making: a kept wallet carries an id that the merchant gives, so that is derived
 * from ours, and nothing has to be made or deleted there but the wallets.
 */
export function createCustomers(api: Api): CustomerOperations {
  return {
    createCustomer: ({ customerId }) =>
      Promise.resolve({
        kind: 'succeeded',
        report: { gatewayCustomerId: merchantCustomerId(customerId) },
      }),

    deleteCustomer: () => Promise.resolve({ kind: 'succeeded', report: null }),

    async saveMethod({ gatewayCustomerId, paymentMethod, returnUrl }, call) {
      const customer = { id: gatewayCustomerId };
      if (paymentMethod === PAYPAL) {
        if (returnUrl === null) {
          return refusedHere(RETURN_URL_MISSING.code, RETURN_URL_MISSING.detail);
        }
        const body = { customer, payment_source: { paypal: wallet(returnUrl) } };
        const setup = await api.post('/v3/vault/setup-tokens', body, readApproval, call);
        if (setup.kind !== 'answered') return failedOutcome(setup);
        return { kind: 'requires_approval', approval: setup.value };
      }
      if (!SETUP_TOKEN.test(paymentMethod)) {
        return refusedHere(
          'setup_token_malformed',
          `${paymentMethod} is no setup token of PayPal's`,
        );
      }
      // The customer is named again, so that nobody gets what another one has agreed to.
      const token = { id: paymentMethod, type: 'SETUP_TOKEN' };
      const body = { customer, payment_source: { token } };
      const saved = await api.post('/v3/vault/payment-tokens', body, readSaved, call);
      return saved.kind === 'answered'
        ? { kind: 'succeeded', report: saved.value }
        : failedOutcome(saved);
    },

    async detachMethod({ gatewayMethodId }, call) {
      const path = `/v3/vault/payment-tokens/${encodeURIComponent(gatewayMethodId)}`;
      const deleted = await api.delete(path, call);
      const isGone = deleted.kind === 'answered' || deleted.error.httpStatus === 404;
      return isGone ? { kind: 'succeeded', report: null } : failedOutcome(deleted);
    },
  };
}

/** PayPal takes at most 22 letters, digits, `-` and `_`: 132 bits, which never meet by chance. */
function merchantCustomerId(customerId: string): string {
  return createHash('sha256').update(customerId).digest('base64url').slice(0, 22);
}

function wallet(returnUrl: string): object {
  return {
    usage_type: 'MERCHANT',
    experience_context: {
      return_url: returnUrl,
      cancel_url: returnUrl,
      shipping_preference: 'NO_SHIPPING',
    },
  };
}

function readApproval(json: unknown) {
  const { id, links } = SetupToken.parse(json);
  const approve = links.find(({ rel }) => rel === 'approve' || rel === 'payer-action');
  if (!approve) throw new Error('A setup token without a link for its approval');
  const action = { type: 'redirect_to_url' as const, url: approve.href };
  return { paymentMethod: id, action };
}

function readSaved(json: unknown) {
  return savedWallet(PaymentToken.parse(json).id);
}
