import { DatabaseError } from 'pg';
import { jsonText } from './json-text.ts';
import type { Customer } from '../domain/customer.ts';
import type { Database, Queryable } from './database.ts';
import type { RequestKey, StoredAnswer } from './idempotency.ts';

const COLUMNS = [
  'id',
  'reference',
  'email',
  'name',
  'metadata',
  'default_payment_method_id',
  'created_at',
  'updated_at',
];

/** Reads one customer; `null` where there is none, or none any more. */
export async function findCustomer(db: Database, id: string): Promise<Customer | null> {
  const rows = await db.run(
    'customer_find',
    (sql) => sql<Customer[]>`
      SELECT ${sql(COLUMNS)} FROM customers WHERE id = ${id} AND deleted_at IS NULL`,
  );
  return rows[0] ?? null;
}

/**
 * Reads one customer and keeps others from changing them, or what is kept for them, until the SQL transaction ends:
 * whatever changes a customer's methods locks the customer first.
 */
export async function lockCustomer(sql: Queryable, id: string): Promise<Customer | null> {
  const rows = await sql<Customer[]>`
    SELECT ${sql(COLUMNS)} FROM customers WHERE id = ${id} AND deleted_at IS NULL FOR UPDATE`;
  return rows[0] ?? null;
}

/**
 * Writes a new customer down together with the answer to the request that made it.
 *
 * @returns `key_taken` where the key is known already, `reference_taken` where another customer has the reference
 */
export async function insertCustomer(
  db: Database,
  { customer: c, key, answer }: { customer: Customer; key: RequestKey; answer: StoredAnswer },
): Promise<'inserted' | 'key_taken' | 'reference_taken'> {
  return unlessReferenceTaken(async () => {
    const rows = await db.run(
      'customer_insert',
      (sql) => sql`
      WITH key AS (
        INSERT INTO idempotency_keys (scope, key, fingerprint, lease_token, lease_until, status, content_type, body)
        VALUES (${key.scope}, ${key.key}, ${key.fingerprint}, gen_random_uuid(), now(), ${answer.status},
                ${answer.contentType}, ${answer.body})
            ON CONFLICT (scope, key) DO NOTHING
        RETURNING 1
      )
      INSERT INTO customers (id, reference, email, name, metadata, created_at, updated_at)
      SELECT ${c.id}, ${c.reference}, ${c.email}, ${c.name}, ${jsonText(c.metadata)}::jsonb, ${c.createdAt}::timestamptz,
             ${c.updatedAt}::timestamptz
        FROM key
      RETURNING 1`,
    );
    return rows.length === 1 ? 'inserted' : 'key_taken';
  });
}

/** The fields of a customer that can be changed; those that are left out stay as they are. */
export type CustomerPatch = Partial<
  Pick<Customer, 'reference' | 'email' | 'name' | 'metadata' | 'defaultPaymentMethodId'>
>;

/**
 * Changes a customer.
 *
 * @returns the customer as it is now; `method_not_found` where the default shall be what is not kept for them
 */
export async function updateCustomer(
  db: Database,
  id: string,
  patch: CustomerPatch,
  now: Date,
): Promise<Customer | 'not_found' | 'method_not_found' | 'reference_taken'> {
  const update = async (sql: Queryable) => {
    const customer = await lockCustomer(sql, id);
    if (customer === null) return 'not_found';
    const c = { ...customer, ...patch, updatedAt: now };
    if (patch.defaultPaymentMethodId && !(await hasMethod(sql, id, patch.defaultPaymentMethodId))) {
      return 'method_not_found';
    }
    await sql`
      UPDATE customers
         SET reference = ${c.reference}, email = ${c.email}, name = ${c.name}, metadata = ${jsonText(c.metadata)}::jsonb,
             default_payment_method_id = ${c.defaultPaymentMethodId}, updated_at = ${c.updatedAt}
       WHERE id = ${id}`;
    return c;
  };
  return unlessReferenceTaken(() => db.run('customer_update', (sql) => sql.begin(update)));
}

async function hasMethod(sql: Queryable, customerId: string, id: string): Promise<boolean> {
  const rows = await sql`
    SELECT FROM payment_methods WHERE id = ${id} AND customer_id = ${customerId} AND detached_at IS NULL`;
  return rows.length === 1;
}

async function unlessReferenceTaken<T>(write: () => Promise<T>): Promise<T | 'reference_taken'> {
  try {
    return await write();
  } catch (error) {
    const isTaken = error instanceof DatabaseError && error.constraint === 'customers_by_reference';
    if (isTaken) return 'reference_taken';
    throw error;
  }
}

/**
 * Forgets a customer: what is personal is gone from the row at once, and nothing that is kept for them is charged from
 * here on. Telling the gateways is due from now.
 *
 * @returns whether there was such a customer
 */
export async function forgetCustomer(db: Database, id: string): Promise<boolean> {
  return db.run('customer_forget', (sql) =>
    sql.begin(async (transaction) => {
      const rows = await transaction`
        UPDATE customers
           SET reference = NULL, email = NULL, name = NULL, metadata = '{}', default_payment_method_id = NULL,
               updated_at = now(), deleted_at = now()
         WHERE id = ${id} AND deleted_at IS NULL
        RETURNING 1`;
      if (rows.length === 0) return false;
      // Statements of their own, since what was added while the row was waited for has to be seen.
      await transaction`
        UPDATE payment_methods SET detached_at = now(), due_at = now()
         WHERE customer_id = ${id} AND detached_at IS NULL`;
      await transaction`
        UPDATE gateway_customers SET deleted_at = now(), due_at = now() WHERE customer_id = ${id}`;
      return true;
    }),
  );
}

export interface CustomerFilter {
  reference?: string | undefined;
  email?: string | undefined;
  /** Only customers that come after this place in the list. */
  after?: { createdAt: Date; id: string } | undefined;
}

/** Lists customers, the newest first. */
export async function listCustomers(
  db: Database,
  { reference, email, after }: CustomerFilter,
  limit: number,
): Promise<Customer[]> {
  return db.run(
    'customer_list',
    (sql) => sql<Customer[]>`
      SELECT ${sql(COLUMNS)} FROM customers
       WHERE deleted_at IS NULL
         ${reference === undefined ? sql`` : sql`AND reference = ${reference}`}
         ${email === undefined ? sql`` : sql`AND email = ${email}`}
         ${after ? sql`AND (created_at, id) < (${after.createdAt}, ${after.id})` : sql``}
       ORDER BY created_at DESC, id DESC
       LIMIT ${limit}`,
  );
}
