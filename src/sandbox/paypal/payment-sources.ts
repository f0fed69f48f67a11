import type { z } from 'zod';
import type { Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import type { Experience, OrderSource } from './model.ts';
import type { PaymentSource } from './order-parameters.ts';
import type { experienceContext } from './parameters.ts';
import { findPaymentToken } from './payment-tokens.ts';

const BODY = { location: 'body' } as const;

/** Finds out how an order is to be paid. */
export function readSource(work: Work, sent: PaymentSource | undefined): Result<OrderSource> {
  const { paypal, token } = sent ?? {};
  if (token !== undefined && paypal !== undefined) {
    return refuse('INVALID_PARAMETER_VALUE', { field: '/payment_source', ...BODY });
  }
  if (token !== undefined) return readSaved(work, token.id, '/payment_source/token/id');
  if (paypal === undefined) return succeed({ kind: 'open' });
  if (paypal.vault_id !== undefined) {
    return readSaved(work, paypal.vault_id, '/payment_source/paypal/vault_id');
  }
  const vault = paypal.attributes?.vault;
  if (vault === undefined) return succeed({ kind: 'wallet', vault: null });
  const context = paypal.experience_context;
  for (const name of ['return_url', 'cancel_url'] as const) {
    // A buyer who saves a wallet must be led back, whatever he decides.
    if (context?.[name] === undefined) {
      const field = `/payment_source/paypal/experience_context/${name}`;
      return refuse('MISSING_REQUIRED_PARAMETER', { field, ...BODY });
    }
  }
  return succeed({
    kind: 'wallet',
    vault: {
      customer: paypal.attributes?.customer?.id ?? null,
      usageType: vault.usage_type,
      description: vault.description ?? null,
    },
  });
}

/** Where the buyer is led: the first of `contexts` that says so counts. */
export function readExperience(
  ...contexts: (Partial<z.output<typeof experienceContext>> | undefined)[]
): Experience {
  const pick = (name: 'return_url' | 'cancel_url'): string | null =>
    contexts.map((context) => context?.[name]).find((url) => url !== undefined) ?? null;
  return { returnUrl: pick('return_url'), cancelUrl: pick('cancel_url') };
}

function readSaved(work: Work, id: string, field: string): Result<OrderSource> {
  const token = findPaymentToken(work.account, id);
  return token === undefined ? notFound(field, id, 'body') : succeed({ kind: 'vaulted', token });
}
