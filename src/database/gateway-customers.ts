import type { Database } from './database.ts';

/** A customer as one gateway knows them, or is about to. */
export interface GatewayCustomer {
  customerId: string;
  gateway: string;
  /** `null` until the gateway has told. */
  gatewayCustomerId: string | null;
  /** What the gateway is asked to make, to the letter; `null` once it is made, or where it has to be put anew. */
  asked: { email: string | null; name: string | null } | null;
  ordinal: number;
  deletedAt: Date | null;
}

const COLUMNS = ['customer_id', 'gateway', 'gateway_customer_id', 'asked', 'ordinal', 'deleted_at'];

/** Reads what a gateway knows of a customer, by the row's own id; `null` where it was never asked. */
export async function findGatewayCustomer(
  db: Database,
  id: string,
): Promise<GatewayCustomer | null> {
  const rows = await db.run(
    'gateway_customer_find',
    (sql) => sql<GatewayCustomer[]>`
      SELECT ${sql(COLUMNS)} FROM gateway_customers WHERE id = ${id}`,
  );
  return rows[0] ?? null;
}

/** The row's own id. */
export function gatewayCustomerRow(customerId: string, gateway: string): string {
  return `${customerId}/${gateway}`;
}

/**
 * Writes down that a gateway is about to be asked to make the customer, with what it is asked. An asking that is
 * written down stays as it is, so that its repetition is the same to the letter.
 *
 * @returns `null` where there is no such customer, or not any more
 */
export async function beginGatewayCustomer(
  db: Database,
  customerId: string,
  gateway: string,
): Promise<GatewayCustomer | null> {
  const rows = await db.run(
    'gateway_customer_begin',
    (sql) => sql<GatewayCustomer[]>`
      WITH customer AS (
        SELECT id, email, name FROM customers WHERE id = ${customerId} AND deleted_at IS NULL FOR SHARE
      )
      INSERT INTO gateway_customers AS g (customer_id, gateway, asked)
      SELECT id, ${gateway}, jsonb_build_object('email', email, 'name', name) FROM customer
          ON CONFLICT (customer_id, gateway) DO UPDATE
         SET asked = CASE WHEN g.gateway_customer_id IS NULL THEN coalesce(g.asked, excluded.asked) END
      RETURNING ${sql(COLUMNS)}`,
  );
  return rows[0] ?? null;
}

/** Writes down what the gateway calls the customer. Tells whether the customer is still there. */
export async function storeGatewayCustomer(
  db: Database,
  { customerId, gateway }: Pick<GatewayCustomer, 'customerId' | 'gateway'>,
  gatewayCustomerId: string,
): Promise<boolean> {
  const [row] = await db.run(
    'gateway_customer_store',
    (sql) => sql<{ alive: boolean }[]>`
      UPDATE gateway_customers
         SET gateway_customer_id = coalesce(gateway_customer_id, ${gatewayCustomerId}), asked = NULL
       WHERE customer_id = ${customerId} AND gateway = ${gateway}
      RETURNING deleted_at IS NULL AS alive`,
  );
  return row?.alive ?? false;
}

/** Writes down that the gateway made nothing of what it was asked: the next asking is another one. */
export async function refuseGatewayCustomer(
  db: Database,
  { customerId, gateway, ordinal }: Pick<GatewayCustomer, 'customerId' | 'gateway' | 'ordinal'>,
): Promise<void> {
  await db.run(
    'gateway_customer_refuse',
    (sql) => sql`
      UPDATE gateway_customers SET asked = NULL, ordinal = ordinal + 1
       WHERE customer_id = ${customerId} AND gateway = ${gateway} AND ordinal = ${ordinal}
         AND gateway_customer_id IS NULL`,
  );
}

/** Whether methods of the customer have still to be taken away at the gateway. */
export async function hasMethodsToDetach(
  db: Database,
  { customerId, gateway }: Pick<GatewayCustomer, 'customerId' | 'gateway'>,
): Promise<boolean> {
  const rows = await db.run(
    'gateway_customer_methods',
    (sql) => sql`
      SELECT 1 FROM payment_methods
       WHERE customer_id = ${customerId} AND gateway = ${gateway} AND due_at IS NOT NULL LIMIT 1`,
  );
  return rows.length === 1;
}
