import { z } from 'zod';
import { BUYER, newResourceId } from './account.ts';
import type { Account, Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import type { SetupToken } from './model.ts';
import { customer, experienceContext, text } from './parameters.ts';
import { link, PAYER } from './present.ts';

/** A setup token that is not exchanged is forgotten after three days. */
const LIFETIME_SECONDS = 3 * 86_400;

const usage = text(255).regex(/^[0-9A-Z_]+$/);

/** Source: https://developer.paypal.com/docs/api/payment-tokens/v3/#setup-tokens_create */
export const createSetupTokenParameters = z.strictObject({
  customer: customer.optional(),
  payment_source: z.strictObject({
    paypal: z.strictObject({
      customer_type: usage.optional(),
      description: text(128)
        .regex(/^[a-zA-Z0-9_'\-., :;!?"]*$/)
        .optional(),
      experience_context: experienceContext
        .pick({
          brand_name: true,
          cancel_url: true,
          locale: true,
          return_url: true,
          shipping_preference: true,
        })
        .extend({
          vault_instruction: z.enum(['ON_CREATE_PAYMENT_TOKENS', 'ON_PAYER_APPROVAL']).optional(),
        }),
      permit_multiple_payment_tokens: z.boolean().optional(),
      usage_type: usage.optional(),
    }),
  }),
});

/** A setup token whose time is not over. */
export function findSetupToken(account: Account, id: string): SetupToken | undefined {
  const token = account.setupTokens.get(id);
  if (token === undefined || account.clock.nowSeconds() >= token.expiresAt) return undefined;
  return token;
}

/** An id for a customer that came without one. */
export function newCustomerId(account: Account): string {
  return account.newId('', 10);
}

/** `POST /v3/vault/setup-tokens`: a wallet, which its owner has to approve. */
export function createSetupToken(
  work: Work,
  sent: z.output<typeof createSetupTokenParameters>,
): Result<object> {
  const { account } = work;
  const { experience_context: context, usage_type, description } = sent.payment_source.paypal;
  for (const name of ['return_url', 'cancel_url'] as const) {
    if (context[name] === undefined) {
      const field = `/payment_source/paypal/experience_context/${name}`;
      return refuse('MISSING_REQUIRED_PARAMETER', { field, location: 'body' });
    }
  }
  const created = account.clock.nowSeconds();
  const token: SetupToken = {
    id: newResourceId(account),
    created,
    customer: sent.customer?.id ?? newCustomerId(account),
    usageType: usage_type ?? null,
    description: description ?? null,
    experience: {
      returnUrl: context.return_url ?? null,
      cancelUrl: context.cancel_url ?? null,
    },
    expiresAt: created + LIFETIME_SECONDS,
    status: 'PAYER_ACTION_REQUIRED',
    instrument: null,
  };
  account.setupTokens.add(token);
  return succeed(present(work, token));
}

/** `GET /v3/vault/setup-tokens/{id}` */
export function retrieveSetupToken(work: Work, _: unknown, id: string): Result<object> {
  const token = findSetupToken(work.account, id);
  return token === undefined ? notFound('id', id) : succeed(present(work, token));
}

function present({ baseUrl }: Work, token: SetupToken): object {
  const { id, usageType, description } = token;
  const self = link(`${baseUrl}/v3/vault/setup-tokens/${id}`, 'self');
  const isWaiting = token.status === 'PAYER_ACTION_REQUIRED';
  const approve = link(`${baseUrl}/agreements/approve?approval_session_id=${id}`, 'approve');
  return {
    id,
    customer: { id: token.customer },
    status: token.status,
    payment_source: {
      paypal: {
        ...(description !== null && { description }),
        ...(usageType !== null && { usage_type: usageType }),
        ...(!isWaiting && {
          email_address: BUYER.email,
          payer_id: BUYER.id,
          name: PAYER.name,
        }),
      },
    },
    links: isWaiting ? [approve, self] : [self],
  };
}
