import type { z } from 'zod';
import { stamp, touch } from './account.ts';
import type { Account, Work } from './account.ts';
import { disableCard } from './card-changes.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitCustomer } from './events.ts';
import type { Customer, CustomerField } from './model.ts';
import {
  address,
  digits,
  email,
  integer,
  key,
  object,
  phone,
  unsupported,
  words,
} from './parameters.ts';
import { presentCustomer } from './present.ts';

const birthday = () => words(10).regex(/^(\d{4}-)?\d\d-\d\d$/, 'INVALID_VALUE');

/** Source: https://developer.squareup.com/reference/square/customers-api/create-customer */
export const createCustomerParameters = object({
  idempotency_key: key().optional(),
  given_name: words(300).optional(),
  family_name: words(300).optional(),
  company_name: words(500).optional(),
  nickname: words(100).optional(),
  email_address: email(254).optional(),
  phone_number: phone().optional(),
  reference_id: words(100).optional(),
  note: words(4_096).optional(),
  birthday: birthday().optional(),
  address: address().optional(),
  tax_ids: unsupported(),
});

/** Null takes a field away. */
export const updateCustomerParameters = object({
  given_name: words(300).nullable().optional(),
  family_name: words(300).nullable().optional(),
  company_name: words(500).nullable().optional(),
  nickname: words(100).nullable().optional(),
  email_address: email(254).nullable().optional(),
  phone_number: phone().nullable().optional(),
  reference_id: words(100).nullable().optional(),
  note: words(4_096).nullable().optional(),
  birthday: birthday().nullable().optional(),
  address: address().optional(),
  version: integer(0).optional(),
  tax_ids: unsupported(),
});

export const deleteCustomerParameters = object({ version: digits().optional() });

/** One of these has to be there. */
const NAMES: readonly CustomerField[] = [
  'given_name',
  'family_name',
  'company_name',
  'email_address',
  'phone_number',
];
const FIELDS: readonly CustomerField[] = [...NAMES, 'nickname', 'reference_id', 'note', 'birthday'];

/** `POST /v2/customers` */
export function createCustomer(
  work: Work,
  parameters: z.output<typeof createCustomerParameters>,
): Result<object> {
  const fields = readFields(parameters);
  const named = checkNamed(fields);
  if (!named.ok) return named;
  const customer = newCustomer(work.account, fields, parameters.address ?? null);
  work.account.customers.set(customer.id, customer);
  emitCustomer(work, 'customer.created', customer);
  return succeed({ customer: presentCustomer(customer) });
}

/** Makes a customer; it is not yet part of the account. */
export function newCustomer(
  account: Account,
  fields: Customer['fields'],
  postal: Customer['address'],
): Customer {
  const dated = stamp(account, account.newId('', 26).toUpperCase());
  return { ...dated, updatedMs: dated.createdMs, fields, address: postal, version: 0 };
}

/** `GET /v2/customers/{customer_id}` */
export function retrieveCustomer(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const found = findCustomer(work, id);
  return found.ok ? succeed({ customer: presentCustomer(found.value) }) : found;
}

/** `PUT /v2/customers/{customer_id}`: fields that are not named stay as they are. */
export function updateCustomer(
  work: Work,
  parameters: z.output<typeof updateCustomerParameters>,
  [id = '']: readonly string[],
): Result<object> {
  const { address: postal } = parameters;
  const found = findCustomer(work, id, parameters.version);
  if (!found.ok) return found;
  const customer = found.value;
  const fields = readFields({ ...customer.fields, ...parameters });
  const named = checkNamed(fields);
  if (!named.ok) return named;
  customer.fields = fields;
  if (postal !== undefined) customer.address = { ...customer.address, ...postal };
  customer.version += 1;
  touch(work.account, customer);
  emitCustomer(work, 'customer.updated', customer);
  return succeed({ customer: presentCustomer(customer) });
}

/** `DELETE /v2/customers/{customer_id}`: the cards that it has on file can be charged no longer. */
export function deleteCustomer(
  work: Work,
  parameters: z.output<typeof deleteCustomerParameters>,
  [id = '']: readonly string[],
): Result<object> {
  const found = findCustomer(work, id, parameters.version);
  if (!found.ok) return found;
  const { account } = work;
  for (const card of account.cards.all()) {
    if (card.customerId === id && card.isEnabled) disableCard(work, card);
  }
  account.customers.delete(id);
  emitCustomer(work, 'customer.deleted', found.value);
  return succeed({});
}

/** Finds a customer, at the version that the caller expects if it names one. */
export function findCustomer(work: Work, id: string, version?: number): Result<Customer> {
  const customer = work.account.customers.get(id);
  if (customer === undefined) return notFound('Customer', id, 'customer_id');
  if (version === undefined || version === customer.version) return succeed(customer);
  return refuse('CONFLICT', `The customer is at version ${customer.version}.`, {
    status: 409,
    field: 'version',
  });
}

/** The fields that hold something: null and an empty text take one away. */
function readFields(
  given: Partial<Record<CustomerField, string | null | undefined>>,
): Customer['fields'] {
  const fields: Customer['fields'] = {};
  for (const name of FIELDS) {
    const value = given[name];
    if (typeof value === 'string' && value !== '') fields[name] = value;
  }
  return fields;
}

function checkNamed(fields: Customer['fields']): Result<null> {
  if (NAMES.some((name) => fields[name] !== undefined)) return succeed(null);
  return refuse('BAD_REQUEST', `At least one of these must be set: ${NAMES.join(', ')}.`);
}
