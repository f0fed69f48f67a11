import { z } from 'zod';
import { newResourceId } from './account.ts';
import type { Account, Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitVault } from './events.ts';
import type { Instrument, Order, PaymentToken, VaultInstruction } from './model.ts';
import { customer, text, vaultId } from './parameters.ts';
import { link, presentPaymentToken } from './present.ts';
import { findSetupToken, newCustomerId } from './setup-tokens.ts';

const setupTokenId = text(255).regex(/^[0-9A-Z_-]+$/);

/** Source: https://developer.paypal.com/docs/api/payment-tokens/v3/ */
export const createPaymentTokenParameters = z.strictObject({
  customer: customer.optional(),
  payment_source: z.strictObject({
    token: z.strictObject({ id: setupTokenId, type: z.literal('SETUP_TOKEN') }),
  }),
});

const count = z.coerce.number().int().min(1);

export const listPaymentTokensParameters = z.strictObject({
  customer_id: vaultId(36).min(7),
  page: count.optional(),
  page_size: count.max(50).optional(),
  total_required: z.enum(['true', 'false']).optional(),
});

/** A saved wallet that was not deleted. */
export function findPaymentToken(account: Account, id: string): PaymentToken | undefined {
  const token = account.paymentTokens.get(id);
  return token === undefined || token.isDeleted ? undefined : token;
}

/** `POST /v3/vault/payment-tokens`: exchanges an approved setup token, once. */
export function createPaymentToken(
  work: Work,
  sent: z.output<typeof createPaymentTokenParameters>,
): Result<object> {
  const { id } = sent.payment_source.token;
  const setup = findSetupToken(work.account, id);
  if (setup === undefined) return notFound('/payment_source/token/id', id, 'body');
  if (setup.status === 'VAULTED') return refuse('SETUP_TOKEN_ALREADY_USED');
  if (setup.instrument === null) return refuse('SETUP_TOKEN_NOT_APPROVED');
  const owner = sent.customer?.id;
  if (owner !== undefined && owner !== setup.customer) {
    return refuse('INVALID_PARAMETER_VALUE', { field: '/customer/id', value: owner });
  }
  setup.status = 'VAULTED';
  const { customer: ownerId, usageType, description, instrument } = setup;
  const token = save(work, { customer: ownerId, usageType, description }, instrument, null);
  return succeed(presentPaymentToken(token, work.baseUrl));
}

/** `GET /v3/vault/payment-tokens/{id}` */
export function retrievePaymentToken(work: Work, _: unknown, id: string): Result<object> {
  const token = findPaymentToken(work.account, id);
  if (token === undefined) return notFound('id', id);
  return succeed(presentPaymentToken(token, work.baseUrl));
}

/** `GET /v3/vault/payment-tokens?customer_id=...`, the newest first. */
export function listPaymentTokens(
  work: Work,
  sent: z.output<typeof listPaymentTokensParameters>,
): Result<object> {
  const { account, baseUrl } = work;
  const { customer_id: owner, page = 1, page_size: size = 5 } = sent;
  const all = account.paymentTokens
    .all()
    .filter((token) => token.customer === owner && !token.isDeleted)
    .reverse();
  const tokens = all.slice((page - 1) * size, page * size);
  const totals = {
    total_items: all.length,
    total_pages: Math.ceil(all.length / size),
  };
  const query = `customer_id=${owner}&page=${page}&page_size=${size}`;
  return succeed({
    ...(sent.total_required === 'true' && all.length > 0 && totals),
    customer: { id: owner },
    payment_tokens: tokens.map((token) => presentPaymentToken(token, baseUrl)),
    links: [link(`${baseUrl}/v3/vault/payment-tokens?${query}`, 'self')],
  });
}

/** `DELETE /v3/vault/payment-tokens/{id}`: deleting what is not there succeeds too. */
export function deletePaymentToken(work: Work, _: unknown, id: string): Result<null> {
  const token = findPaymentToken(work.account, id);
  if (token !== undefined) {
    token.isDeleted = true;
    emitVault(work, 'VAULT.PAYMENT-TOKEN.DELETION-INITIATED', token);
    emitVault(work, 'VAULT.PAYMENT-TOKEN.DELETED', token);
  }
  return succeed(null);
}

/** Saves the wallet that an order was paid with. */
export function saveWallet(work: Work, order: Order, wish: VaultInstruction): PaymentToken {
  const owner = wish.customer ?? newCustomerId(work.account);
  return save(work, { ...wish, customer: owner }, order.instrument ?? 'good', order.id);
}

type About = Pick<PaymentToken, 'customer' | 'usageType' | 'description'>;

function save(
  work: Work,
  { customer: owner, usageType, description }: About,
  instrument: Instrument,
  order: string | null,
): PaymentToken {
  const { account } = work;
  const token: PaymentToken = {
    id: newResourceId(account).toLowerCase(),
    created: account.clock.nowSeconds(),
    customer: owner,
    usageType,
    description,
    instrument,
    order,
    isDeleted: false,
  };
  account.paymentTokens.add(token);
  emitVault(work, 'VAULT.PAYMENT-TOKEN.CREATED', token);
  return token;
}
