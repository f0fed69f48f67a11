import type { z } from 'zod';
import type { Work } from './account.ts';
import { noSuch, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emit } from './events.ts';
import { mergeMetadata } from './intents.ts';
import { listOf, paging } from './lists.ts';
import type { Customer } from './model.ts';
import { clearableText, expand, hash, metadata, text, unsettable } from './parameters.ts';
import { presentCustomer } from './present-kept.ts';

/** Source: https://docs.stripe.com/api/customers/create */
export const createCustomerParameters = hash({
  description: clearableText().optional(),
  email: clearableText(512).optional(),
  expand: expand(),
  metadata: unsettable(metadata()).optional(),
  name: clearableText(256).optional(),
});

export const listCustomersParameters = hash({ ...paging, email: text(512).optional() });

type CreateCustomer = z.output<typeof createCustomerParameters>;

/** `POST /v1/customers` */
export function createCustomer(work: Work, parameters: CreateCustomer): Result<object> {
  const { account } = work;
  const customer: Customer = {
    id: account.newId('cus_', 14),
    created: account.clock.nowSeconds(),
    description: parameters.description ?? null,
    email: parameters.email ?? null,
    name: parameters.name ?? null,
    metadata: mergeMetadata({}, parameters.metadata),
    isDeleted: false,
  };
  account.customers.add(customer);
  emit(work, 'customer.created', presentCustomer(customer));
  return succeed(presentCustomer(customer));
}

/** `POST /v1/customers/{id}` */
export function updateCustomer(work: Work, parameters: CreateCustomer, id: string): Result<object> {
  const customer = work.account.customers.get(id);
  if (customer === undefined || customer.isDeleted) return noSuch('customer', id, 'id');
  const { description, email, name, metadata: changes } = parameters;
  if (description !== undefined) customer.description = description;
  if (email !== undefined) customer.email = email;
  if (name !== undefined) customer.name = name;
  customer.metadata = mergeMetadata(customer.metadata, changes);
  emit(work, 'customer.updated', presentCustomer(customer));
  return succeed(presentCustomer(customer));
}

/** `GET /v1/customers` */
export function listCustomers(
  work: Work,
  parameters: z.output<typeof listCustomersParameters>,
): Result<object> {
  const { email } = parameters;
  return listOf(work, 'customer', work.account.customers, parameters, {
    url: '/v1/customers',
    keep: (customer) => !customer.isDeleted && (email === undefined || customer.email === email),
    present: presentCustomer,
  });
}

/** `GET /v1/customers/{id}`; one that was deleted still says so. */
export function retrieveCustomer(work: Work, _: object, id: string): Result<object> {
  const customer = work.account.customers.get(id);
  return customer === undefined ? noSuch('customer', id, 'id') : succeed(answer(customer));
}

/** `DELETE /v1/customers/{id}`: the payment methods are detached with it. */
export function deleteCustomer(work: Work, _: object, id: string): Result<object> {
  const customer = work.account.customers.get(id);
  if (customer === undefined || customer.isDeleted) return noSuch('customer', id, 'id');
  customer.isDeleted = true;
  for (const method of work.account.paymentMethods.all()) {
    if (method.customer === id) method.customer = 'detached';
  }
  emit(work, 'customer.deleted', presentCustomer(customer));
  return succeed(answer(customer));
}

function answer(customer: Customer): object {
  return customer.isDeleted
    ? { id: customer.id, object: 'customer', deleted: true }
    : presentCustomer(customer);
}
