import { updateCustomer, type CustomerPatch } from '../database/customers.ts';
import type { Customer } from '../domain/customer.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { customerNotFound } from '../payments/gateway-customer.ts';
import { methodNotFound } from '../payments/payer.ts';
import type { Rejection } from '../payments/result.ts';
import { referenceTaken } from './create-customer.ts';

/** Changes what is known of a customer here, and which of their methods is the default. */
export async function changeCustomer(
  deps: Pick<PaymentDependencies, 'db' | 'clock'>,
  id: string,
  patch: CustomerPatch,
): Promise<{ kind: 'changed'; customer: Customer } | Rejection> {
  const updated = await updateCustomer(deps.db, id, patch, deps.clock());
  switch (updated) {
    case 'not_found':
      return customerNotFound(id);
    case 'reference_taken':
      return referenceTaken(patch.reference ?? null);
    case 'method_not_found':
      return methodNotFound(id, patch.defaultPaymentMethodId ?? '', 'default_payment_method');
    default:
      return { kind: 'changed', customer: updated };
  }
}
