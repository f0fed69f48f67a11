import type { Customer, SavedMethod } from '../domain/customer.ts';
import type { CustomerAction } from '../domain/report.ts';

/** A customer as the API shows them. */
export function presentCustomer(customer: Customer) {
  return {
    id: customer.id,
    object: 'customer' as const,
    reference: customer.reference,
    email: customer.email,
    name: customer.name,
    default_payment_method: customer.defaultPaymentMethodId,
    metadata: customer.metadata,
    created_at: customer.createdAt.toISOString(),
    updated_at: customer.updatedAt.toISOString(),
  };
}

/** A payment method that is kept for a customer, in the little that may be shown. */
export function presentMethod(method: SavedMethod) {
  return {
    id: method.id,
    object: 'payment_method' as const,
    customer: method.customerId,
    gateway: method.gateway,
    type: method.type,
    brand: method.brand,
    last4: method.last4,
    expiry_month: method.expiryMonth,
    expiry_year: method.expiryYear,
    default: method.isDefault,
    created_at: method.createdAt.toISOString(),
  };
}

/** A payment method that is saved once the customer has agreed to it at the gateway. */
export function presentApproval(approval: {
  customerId: string;
  gateway: string;
  paymentMethod: string;
  action: CustomerAction;
}) {
  return {
    object: 'payment_method_approval' as const,
    customer: approval.customerId,
    gateway: approval.gateway,
    payment_method: approval.paymentMethod,
    next_action: approval.action,
  };
}
