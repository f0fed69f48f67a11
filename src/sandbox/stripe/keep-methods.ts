import type { z } from 'zod';
import type { Work } from './account.ts';
import { invalidRequest, noSuch, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emit } from './events.ts';
import type { PaymentIntent, PaymentMethod } from './model.ts';
import { choice, hash, text } from './parameters.ts';
import { listOf, pages } from './lists.ts';
import { findPaymentMethod } from './payment-methods.ts';
import { presentPaymentMethod } from './present-card.ts';

export const attachParameters = hash({ customer: text() });

/** Source: https://docs.stripe.com/api/payment_methods/customer_list */
export const listMethodsParameters = hash({ ...pages, type: choice(['card']).optional() });

/** `POST /v1/payment_methods/{id}/attach` */
export function attachMethod(
  work: Work,
  { customer }: { customer: string },
  id: string,
): Result<object> {
  const found = findPaymentMethod(work, id, 404);
  if (!found.ok) return found;
  const owned = checkOwner(found.value, customer);
  if (!owned.ok) return owned;
  keepMethod(work, found.value, customer);
  return succeed(presentPaymentMethod(found.value));
}

/** `POST /v1/payment_methods/{id}/detach`; it can never be used again. */
export function detachMethod(work: Work, _: object, id: string): Result<object> {
  const method = work.account.paymentMethods.get(id);
  if (method === undefined) return noSuch('PaymentMethod', id, 'payment_method');
  if (method.customer === null || method.customer === 'detached') {
    return invalidRequest(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
      { param: 'payment_method' },
    );
  }
  method.customer = 'detached';
  emit(work, 'payment_method.detached', presentPaymentMethod(method));
  return succeed(presentPaymentMethod(method));
}

/** `GET /v1/customers/{id}/payment_methods` */
export function listMethodsOf(
  work: Work,
  parameters: z.output<typeof listMethodsParameters>,
  id: string,
): Result<object> {
  return listOf(work, 'payment_method', work.account.paymentMethods, parameters, {
    url: `/v1/customers/${id}/payment_methods`,
    keep: (method) => method.customer === id,
    present: presentPaymentMethod,
  });
}

/** Whether a payment of this customer, or of none, may use the method. */
export function checkOwner(method: PaymentMethod, customer: string | null): Result<null> {
  if (method.customer === null || method.customer === customer) return succeed(null);
  if (method.customer === 'detached') {
    return invalidRequest(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again.',
      { param: 'payment_method' },
    );
  }
  return invalidRequest(
    `The PaymentMethod ${method.id} belongs to another customer than the one of this request.`,
    { param: 'payment_method' },
  );
}

/** Keeps the method of a payment that has gone through, where it asked for that. */
export function keepUsedMethod(work: Work, intent: PaymentIntent, method: PaymentMethod): void {
  if (intent.customer !== null && intent.setupFutureUsage !== null) {
    if (intent.setupFutureUsage === 'off_session') method.isSetUp = true;
    keepMethod(work, method, intent.customer);
  }
}

/** Attaches a method to a customer, unless it is attached already. */
export function keepMethod(work: Work, method: PaymentMethod, customer: string): void {
  if (method.customer === customer) return;
  method.customer = customer;
  emit(work, 'payment_method.attached', presentPaymentMethod(method));
}
