import { insertCustomer } from '../database/customers.ts';
import type { StoredAnswer } from '../database/idempotency.ts';
import type { Customer } from '../domain/customer.ts';
import { newId } from '../ids.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { lookUpKey, type IdempotentRequest } from '../payments/idempotent-request.ts';
import { reject, type Answered, type Rejection, type Replay } from '../payments/result.ts';

export type NewCustomer = Pick<Customer, 'reference' | 'email' | 'name' | 'metadata'>;

/**
 * Makes a customer, here alone: gateways hear of them when something is first to be kept there. Customer, key and answer
 * are one commit, so there is never a request under way to wait for.
 */
export async function createCustomer(
  deps: Pick<PaymentDependencies, 'db' | 'leaseMs' | 'tracer' | 'clock'>,
  command: NewCustomer,
  { key, render }: IdempotentRequest<Customer>,
): Promise<Answered<Customer> | Replay | Rejection> {
  const now = deps.clock();
  const customer: Customer = {
    id: newId('cus'),
    ...command,
    defaultPaymentMethodId: null,
    createdAt: now,
    updatedAt: now,
  };
  const answer: StoredAnswer = render(customer);
  const inserted = await insertCustomer(deps.db, { customer, key, answer });
  if (inserted === 'inserted') return { kind: 'answered', result: customer, answer };
  const known = await lookUpKey(deps, key);
  if (known === null) return referenceTaken(command.reference);
  if (known.kind === 'resume') throw new Error('a customer was made without its answer');
  return known;
}

/** A reference names one customer. */
export function referenceTaken(reference: string | null): Rejection {
  return reject(
    'customer_reference_taken',
    `Another customer has the reference ${JSON.stringify(reference)}.`,
    'reference',
  );
}
