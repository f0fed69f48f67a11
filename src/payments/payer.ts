import { findCustomer } from '../database/customers.ts';
import { findMethod } from '../database/payment-methods.ts';
import type { AttemptRequest } from '../domain/attempt.ts';
import { isSavedMethodId, type SavedMethod } from '../domain/customer.ts';
import type { CapabilityName, Gateway } from '../gateways/gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { customerNotFound, knownAtGateway } from './gateway-customer.ts';
import { reject, type Rejection } from './result.ts';

/** Who pays with what, as a caller says it. */
export interface Payer {
  customerId: string | null;
  /** A gateway's token or an id of ours; `null` where nobody pays yet, or the customer's default is to be charged. */
  paymentMethod: string | null;
  /** Whether a customer without a named method pays with their default one. */
  chargeDefault: boolean;
  savePaymentMethod: boolean;
}

/** Who pays with what, as it is known here. */
export interface KnownPayer extends Payer {
  /** The method that is kept for the customer, where it is one of those. */
  saved: SavedMethod | null;
}

/** Finds the customer and the saved method, before anything is sent. What has our form of an id is never a token. */
export async function findPayer(
  deps: Pick<PaymentDependencies, 'db'>,
  payer: Payer,
): Promise<KnownPayer | Rejection> {
  const { customerId, paymentMethod } = payer;
  const namesSaved = paymentMethod !== null && isSavedMethodId(paymentMethod);
  if (customerId === null) {
    if (namesSaved) {
      return reject(
        'parameter_missing',
        'A saved payment method is charged for its customer: send `customer`.',
        'customer',
      );
    }
    if (!payer.savePaymentMethod) return { ...payer, saved: null };
    return reject(
      'parameter_missing',
      'A payment method is saved for a customer: send `customer`.',
      'customer',
    );
  }
  const customer = await findCustomer(deps.db, customerId);
  if (customer === null) return customerNotFound(customerId);
  const id = namesSaved ? paymentMethod : defaultOf(payer, customer.defaultPaymentMethodId);
  if (id === null) {
    if (!payer.chargeDefault || paymentMethod !== null) return { ...payer, saved: null };
    return reject(
      'payment_method_not_found',
      `${customerId} has no default payment method: send payment_method.`,
      'payment_method',
    );
  }
  const saved = await findMethod(deps.db, customerId, id);
  if (saved === null) return methodNotFound(customerId, id);
  return { ...payer, saved };
}

function defaultOf({ chargeDefault, paymentMethod }: Payer, id: string | null): string | null {
  return chargeDefault && paymentMethod === null ? id : null;
}

/** The customer has no such method, or not any more. */
export function methodNotFound(
  customerId: string,
  id: string,
  param = 'payment_method',
): Rejection {
  return reject('payment_method_not_found', `${customerId} has no payment method ${id}.`, param);
}

/** Why this gateway cannot charge what the payer pays with, before anything is sent; `null` where it can. */
export function checkPayer(
  deps: Pick<PaymentDependencies, 'gateways'>,
  payer: KnownPayer,
  gateway: Gateway,
): Rejection | null {
  const { saved, paymentMethod } = payer;
  if (saved !== null && saved.gateway !== gateway.name) {
    return reject(
      'payment_method_of_another_gateway',
      `${saved.id} is kept by ${saved.gateway} and can be charged there only, not by ${gateway.name}.`,
      'payment_method',
    );
  }
  if (saved === null && paymentMethod !== null) {
    const foreign = checkToken(deps, paymentMethod, gateway);
    if (foreign) return foreign;
  }
  const keeps = saved !== null || payer.savePaymentMethod;
  if (!keeps || gateway.capabilities.savedMethods) return null;
  return notSupported(gateway.name, 'saved_methods', 'save_payment_method');
}

/** Refuses a token that cannot be the gateway's, so that no other gateway ever sees it. */
export function checkToken(
  { gateways }: Pick<PaymentDependencies, 'gateways'>,
  paymentMethod: string,
  gateway: Gateway,
): Rejection | null {
  if (gateway.takesPaymentMethod(paymentMethod)) return null;
  const owner = [...gateways.values()].find((each) => each.takesPaymentMethod(paymentMethod));
  return reject(
    'payment_method_of_another_gateway',
    `The payment method does not look like one of ${gateway.name}` +
      (owner ? `, but like one of ${owner.name}: send "gateway": "${owner.name}".` : '.'),
    'payment_method',
  );
}

/** The gateway lacks what the request needs. */
export function notSupported(
  gateway: string,
  capability: CapabilityName,
  param: string,
): Rejection {
  return {
    ...reject('capability_not_supported', `${gateway} has no ${capability}.`, param),
    extensions: { capability },
  };
}

/**
 * What an attempt has to carry for this payer. A gateway that is to keep something gets to know the customer first.
 *
 * @param asksForMethod whether the attempt carries the payment method, or only prepares for one
 */
export async function payWith(
  deps: PaymentDependencies,
  payer: KnownPayer,
  gateway: Gateway,
  { asksForMethod, requestId }: { asksForMethod: boolean; requestId: string },
): Promise<{ kind: 'request'; request: AttemptRequest } | Rejection> {
  const { saved, customerId } = payer;
  const paymentMethod = saved?.gatewayMethodId ?? payer.paymentMethod;
  // What is kept already is not saved once more.
  const save = payer.savePaymentMethod && saved === null;
  // A gateway that hears of the payment before its method can offer the customer what it keeps for them.
  const introduces =
    !asksForMethod &&
    gateway.capabilities.savedMethods &&
    gateway.capabilities.createsWithoutMethod;
  const request: AttemptRequest = {
    ...(asksForMethod && paymentMethod !== null ? { paymentMethod } : {}),
    ...(asksForMethod && saved !== null ? { savedMethodId: saved.id } : {}),
    ...(save ? { savePaymentMethod: true } : {}),
  };
  if (customerId === null || (saved === null && !save && !introduces)) {
    return { kind: 'request', request };
  }
  const known = await deps.bulkhead.within(gateway.name, () =>
    knownAtGateway(deps, customerId, gateway, requestId),
  );
  if (known.kind === 'rejected') return known;
  return {
    kind: 'request',
    request: { ...request, gatewayCustomerId: known.gatewayCustomerId },
  };
}
