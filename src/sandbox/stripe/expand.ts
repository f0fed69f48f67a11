import { invalidRequest, succeed } from './errors.ts';
import type { Result } from './errors.ts';

/** Which fields of an answer are to hold the whole object in place of its id, as a tree. */
export type Expansion = { readonly [field: string]: Expansion };

export const NOTHING_EXPANDED: Expansion = Object.freeze({});

const MAX_DEPTH = 4;

type Expandable = { readonly [field: string]: () => Expandable };

/** What each object lets be expanded. Fields that are always null here expand to null. */
const balanceTransaction: Expandable = { source: () => source };
const paymentMethod: Expandable = { customer: () => nothing };
const nothing: Expandable = {};
const refund: Expandable = {
  balance_transaction: () => balanceTransaction,
  charge: () => charge,
  failure_balance_transaction: () => balanceTransaction,
  payment_intent: () => intent,
  source_transfer_reversal: () => nothing,
  transfer_reversal: () => nothing,
};
const charge: Expandable = {
  application: () => nothing,
  application_fee: () => nothing,
  balance_transaction: () => balanceTransaction,
  customer: () => nothing,
  invoice: () => nothing,
  on_behalf_of: () => nothing,
  payment_intent: () => intent,
  refunds: () => ({ data: () => refund }),
  review: () => nothing,
  transfer: () => nothing,
};
const intent: Expandable = {
  application: () => nothing,
  customer: () => nothing,
  invoice: () => nothing,
  latest_charge: () => charge,
  on_behalf_of: () => nothing,
  payment_method: () => paymentMethod,
  review: () => nothing,
};
const setupIntent: Expandable = { customer: () => nothing, payment_method: () => paymentMethod };
const dispute: Expandable = {
  balance_transactions: () => balanceTransaction,
  charge: () => charge,
  payment_intent: () => intent,
};
const source: Expandable = { ...charge, ...refund, ...dispute };

const EXPANDABLE = {
  payment_intent: intent,
  charge,
  refund,
  balance_transaction: balanceTransaction,
  payment_method: paymentMethod,
  event: nothing,
  setup_intent: setupIntent,
  customer: { default_source: () => nothing },
  dispute,
};

export type ObjectName = keyof typeof EXPANDABLE;

/**
 * Reads the `expand[]` parameters of a request that answers with one `object`, or with a list of
 * them. Source: https://docs.stripe.com/api/expanding_objects
 */
export function readExpansion(
  paths: readonly string[] | undefined,
  object: ObjectName,
  isList = false,
): Result<Expansion> {
  if (paths === undefined || paths.length === 0) return succeed(NOTHING_EXPANDED);
  const root: Expandable = isList ? { data: () => EXPANDABLE[object] } : EXPANDABLE[object];
  const tree: Record<string, Expansion> = {};
  for (const path of paths) {
    const fields = path.split('.');
    if (fields.length > MAX_DEPTH) {
      return invalidRequest(`You cannot expand more than ${MAX_DEPTH} levels of a property.`, {
        param: 'expand',
      });
    }
    let allowed = root;
    let node = tree;
    for (const field of fields) {
      const next = Object.hasOwn(allowed, field) ? allowed[field] : undefined;
      if (next === undefined) {
        return invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });
      }
      allowed = next();
      node = node[field] ??= {};
    }
  }
  return succeed(isList ? (tree['data'] ?? NOTHING_EXPANDED) : tree);
}
