import type { SavedMethodReport } from './report.ts';

/** Somebody who pays more than once. */
export interface Customer {
  id: string;
  /** The caller's own id for the customer. */
  reference: string | null;
  email: string | null;
  name: string | null;
  metadata: Record<string, string>;
  /** What is charged when a payment names the customer and no method. */
  defaultPaymentMethodId: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** A payment method that a gateway keeps for a customer; nobody else's payments, and no other gateway, can use it. */
export interface SavedMethod extends SavedMethodReport {
  id: string;
  customerId: string;
  gateway: string;
  /** Whether it is the customer's default. */
  isDefault: boolean;
  createdAt: Date;
}

/**
 * Whether a payment method is named by an id of ours. Gateways have ids that begin alike; ours alone have 26 characters
 * of the alphabet of our ids after that, without capitals and underscores.
 */
export function isSavedMethodId(paymentMethod: string): boolean {
  return /^pm_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/.test(paymentMethod);
}
