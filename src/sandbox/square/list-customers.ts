import type { z } from 'zod';
import type { Work } from './account.ts';
import { succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { takePage } from './lists.ts';
import type { Customer } from './model.ts';
import {
  choice,
  digits,
  flag,
  integer,
  object,
  switched,
  unsupported,
  words,
} from './parameters.ts';
import { presentCustomer } from './present.ts';

const MOST = 100;

const order = () => choice(['ASC', 'DESC']);
const sortField = () => choice(['DEFAULT', 'CREATED_AT']);

const limits = <T extends z.ZodType<number>>(limit: T) =>
  limit
    .refine((value) => value >= 1, 'VALUE_TOO_LOW')
    .refine((value) => value <= MOST, 'VALUE_TOO_HIGH');

/** Source: https://developer.squareup.com/reference/square/customers-api/list-customers */
export const listCustomersParameters = object({
  count: switched().optional(),
  cursor: words(500).optional(),
  limit: limits(digits()).optional(),
  sort_field: sortField().optional(),
  sort_order: order().optional(),
});

const exactly = () => object({ exact: words(500).nullable().optional(), fuzzy: unsupported() });

/** Source: https://developer.squareup.com/reference/square/customers-api/search-customers */
export const searchCustomersParameters = object({
  count: flag().optional(),
  cursor: words(500).optional(),
  limit: limits(integer(1)).optional(),
  query: object({
    filter: object({
      email_address: exactly().optional(),
      phone_number: exactly().optional(),
      reference_id: exactly().optional(),
      created_at: unsupported(),
      creation_source: unsupported(),
      custom_attribute: unsupported(),
      group_ids: unsupported(),
      segment_ids: unsupported(),
      updated_at: unsupported(),
    }).optional(),
    sort: object({
      field: sortField().optional(),
      order: order().optional(),
    }).optional(),
  }).optional(),
});

type Listing = {
  count: boolean;
  cursor: string | undefined;
  limit: number | undefined;
  field: 'DEFAULT' | 'CREATED_AT';
  order: 'ASC' | 'DESC';
  /** The fields that have to be just so. */
  wanted: [keyof Customer['fields'], string][];
};

/** `GET /v2/customers` */
export function listCustomers(
  work: Work,
  parameters: z.output<typeof listCustomersParameters>,
): Result<object> {
  const { count = false, cursor, limit, sort_field: field, sort_order: way } = parameters;
  const sorting = { field: field ?? 'DEFAULT', order: way ?? 'ASC' };
  return pageOfCustomers(work, { count, cursor, limit, ...sorting, wanted: [] });
}

/** `POST /v2/customers/search` */
export function searchCustomers(
  work: Work,
  parameters: z.output<typeof searchCustomersParameters>,
): Result<object> {
  const { count = false, cursor, limit, query } = parameters;
  const {
    email_address: email,
    phone_number: phone,
    reference_id: reference,
  } = query?.filter ?? {};
  const asked: [keyof Customer['fields'], string | null | undefined][] = [
    ['email_address', email?.exact],
    ['phone_number', phone?.exact],
    ['reference_id', reference?.exact],
  ];
  const wanted = asked.filter((pair): pair is [keyof Customer['fields'], string] => {
    const [, value] = pair;
    return typeof value === 'string';
  });
  const sorting = { field: query?.sort?.field ?? 'DEFAULT', order: query?.sort?.order ?? 'ASC' };
  return pageOfCustomers(work, { count, cursor, limit, ...sorting, wanted });
}

function pageOfCustomers(work: Work, listing: Listing): Result<object> {
  const { count, cursor, limit = MOST, field, order: way, wanted } = listing;
  const found = [...work.account.customers.values()].filter((customer) =>
    wanted.every(([name, value]) => customer.fields[name] === value),
  );
  // Sorting is stable, so that those of one name, and all of them otherwise, stand in the order of creation.
  if (field === 'DEFAULT') found.sort((one, other) => compare(nameOf(one), nameOf(other)));
  if (way === 'DESC') found.reverse();
  const page = takePage(found, { limit, cursor, query: { field, way, wanted } });
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  return succeed({
    ...(items.length === 0 ? {} : { customers: items.map(presentCustomer) }),
    ...rest,
    ...(count ? { count: found.length } : {}),
  });
}

function nameOf({ fields }: Customer): string {
  return `${fields.given_name ?? ''} ${fields.family_name ?? ''}`.toLowerCase();
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
