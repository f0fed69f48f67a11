import type { SavedMethod } from '../domain/customer.ts';
import type { SavedMethodReport } from '../domain/report.ts';
import { lockCustomer } from './customers.ts';
import type { Database, Fragment, PoolSql, Queryable } from './database.ts';

/** A method that a gateway keeps from now on, and for whom. */
export interface NewSavedMethod {
  id: string;
  customerId: string;
  gateway: string;
  method: SavedMethodReport;
}

function columns(sql: Queryable) {
  return sql`
    m.id, m.customer_id, m.gateway, m.gateway_method_id, m.type, m.brand, m.last4, m.expiry_month, m.expiry_year,
    coalesce(c.default_payment_method_id = m.id, false) AS is_default, m.created_at`;
}

/** Reads a method that can be charged; `null` where the customer has no such method, or not any more. */
export async function findMethod(
  db: Database,
  customerId: string,
  id: string,
): Promise<SavedMethod | null> {
  const rows = await db.run(
    'method_find',
    (sql) => sql<SavedMethod[]>`
      SELECT ${columns(sql)} FROM payment_methods m JOIN customers c ON c.id = m.customer_id
       WHERE m.id = ${id} AND m.customer_id = ${customerId} AND m.detached_at IS NULL`,
  );
  return rows[0] ?? null;
}

/** Lists a customer's methods that can be charged, the newest first, from behind `after` on. */
export async function listMethods(
  db: Database,
  customerId: string,
  { after, limit }: { after?: { createdAt: Date; id: string } | undefined; limit: number },
): Promise<SavedMethod[]> {
  return db.run(
    'method_list',
    (sql) => sql<SavedMethod[]>`
      SELECT ${columns(sql)} FROM payment_methods m JOIN customers c ON c.id = m.customer_id
       WHERE m.customer_id = ${customerId} AND m.detached_at IS NULL
         ${after ? sql`AND (m.created_at, m.id) < (${after.createdAt}, ${after.id})` : sql``}
       ORDER BY m.created_at DESC, m.id DESC
       LIMIT ${limit}`,
  );
}

/** Writes down a method that was saved without a payment, or finds that it is there. `null`: the customer is gone. */
export async function saveMethod(db: Database, saved: NewSavedMethod): Promise<SavedMethod | null> {
  return db.run('method_save', (sql) =>
    sql.begin(async (transaction) => {
      await transaction`WITH ${insertMethod(transaction, saved, transaction`(SELECT 1) AS always`)} SELECT 1`;
      const rows = await transaction<SavedMethod[]>`
        SELECT ${columns(transaction)} FROM payment_methods m JOIN customers c ON c.id = m.customer_id
         WHERE m.gateway = ${saved.gateway} AND m.gateway_method_id = ${saved.method.gatewayMethodId}
           AND m.customer_id = ${saved.customerId} AND m.detached_at IS NULL`;
      return rows[0] ?? null;
    }),
  );
}

/**
 * The parts of a statement that write a saved method down, once. A customer's first one becomes the default. Should the
 * customer have been deleted meanwhile, the method is there to be taken away at the gateway.
 *
 * @param from a row for which it is written; none, and nothing is
 */
export function insertMethod(
  sql: Queryable,
  { id, customerId, gateway, method: m }: NewSavedMethod,
  from: Fragment,
): Fragment {
  // The customer's row is changed first: that locks it, and what it says of the deletion is the latest.
  return sql`
    owner AS (
      UPDATE customers
         SET default_payment_method_id = coalesce(default_payment_method_id, CASE WHEN deleted_at IS NULL AND NOT EXISTS (
               SELECT FROM payment_methods WHERE gateway = ${gateway} AND gateway_method_id = ${m.gatewayMethodId}
             ) THEN ${id} END)
        FROM ${from}
       WHERE customers.id = ${customerId}
      RETURNING customers.id, customers.deleted_at
    ), method AS (
      INSERT INTO payment_methods (
        id, customer_id, gateway, gateway_method_id, type, brand, last4, expiry_month, expiry_year, detached_at, due_at)
      SELECT ${id}, owner.id, ${gateway}, ${m.gatewayMethodId}, ${m.type}, ${m.brand}, ${m.last4},
             ${m.expiryMonth}::int, ${m.expiryYear}::int, owner.deleted_at, owner.deleted_at
        FROM owner
          ON CONFLICT (gateway, gateway_method_id) DO NOTHING
    )`;
}

/** Takes a method away: it is not charged from here on, and telling the gateway is due. Tells whether it was there. */
export function takeMethodAway(db: Database, customerId: string, id: string): Promise<boolean> {
  return db.run('method_take_away', (sql) => detach(sql, customerId, id, { tellGateway: true }));
}

/** Takes a method away that is gone at its gateway. Tells whether it is known here. */
export async function forgetMethodAtGateway(
  db: Database,
  gateway: string,
  gatewayMethodId: string,
): Promise<boolean> {
  return db.run('method_forget', async (sql) => {
    const [row] = await sql<{ id: string; customerId: string }[]>`
      SELECT id, customer_id FROM payment_methods
       WHERE gateway = ${gateway} AND gateway_method_id = ${gatewayMethodId}`;
    if (!row) return false;
    await detach(sql, row.customerId, row.id, { tellGateway: false });
    return true;
  });
}

function detach(
  sql: PoolSql,
  customerId: string,
  id: string,
  { tellGateway }: { tellGateway: boolean },
): Promise<boolean> {
  return sql.begin(async (transaction) => {
    await lockCustomer(transaction, customerId);
    await transaction`
      UPDATE customers SET default_payment_method_id = NULL, updated_at = now()
       WHERE id = ${customerId} AND default_payment_method_id = ${id}`;
    const rows = await transaction`
      UPDATE payment_methods SET detached_at = now(), due_at = ${tellGateway ? transaction`now()` : null}
       WHERE id = ${id} AND customer_id = ${customerId} AND detached_at IS NULL
      RETURNING 1`;
    return rows.length === 1;
  });
}

/** What the worker needs to have a method taken away at its gateway. */
export interface MethodToDetach {
  gateway: string;
  gatewayMethodId: string;
  gatewayCustomerId: string | null;
}

/** Reads a method that was taken away here; `null` where there is none. */
export async function findMethodToDetach(db: Database, id: string): Promise<MethodToDetach | null> {
  const rows = await db.run(
    'method_find_detached',
    (sql) => sql<MethodToDetach[]>`
      SELECT m.gateway, m.gateway_method_id, g.gateway_customer_id
        FROM payment_methods m
        LEFT JOIN gateway_customers g ON g.customer_id = m.customer_id AND g.gateway = m.gateway
       WHERE m.id = ${id} AND m.detached_at IS NOT NULL`,
  );
  return rows[0] ?? null;
}
