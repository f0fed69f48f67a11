import type { Account } from './account.ts';
import type { Result } from './errors.ts';
import type { Order } from './model.ts';

/** The shop's own references to an order, by which the books and faults can be asked. */
export function referencesOf({ unit }: Order): Record<string, string> {
  return {
    reference_id: unit.referenceId,
    ...(unit.customId !== null && { custom_id: unit.customId }),
    ...(unit.invoiceId !== null && { invoice_id: unit.invoiceId }),
  };
}

/** The references of the order that a path such as `/v2/payments/captures/3C679366HH908993F` is about. */
export function pathReferences(account: Account, path: string): Record<string, string> {
  const id = path.split('/')[4] ?? '';
  const order =
    account.orders.get(id) ??
    account.authorizations.get(id)?.order ??
    account.captures.get(id)?.order ??
    account.refunds.get(id)?.capture.order;
  return order === undefined ? {} : referencesOf(order);
}

const NAMES = ['reference_id', 'custom_id', 'invoice_id'] as const;

/** The references in the body of a request that makes an order, a capture or a refund. */
export function requestReferences(body: Result<unknown>): Record<string, string> {
  if (!body.ok || typeof body.value !== 'object' || body.value === null) return {};
  const sent = body.value as Record<string, unknown>;
  const units = sent['purchase_units'];
  const unit: unknown = Array.isArray(units) ? units[0] : sent;
  if (typeof unit !== 'object' || unit === null) return {};
  const references: Record<string, string> = {};
  for (const name of NAMES) {
    const value = (unit as Record<string, unknown>)[name];
    if (typeof value === 'string') references[name] = value;
  }
  return references;
}
