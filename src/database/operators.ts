import type { Role } from '../domain/access.ts';
import type { Database, Queryable } from './database.ts';

/** Somebody who works with the system. */
export interface Operator {
  id: string;
  name: string;
  role: Role;
  createdAt: Date;
  disabledAt: Date | null;
}

const COLUMNS = ['id', 'name', 'role', 'created_at', 'disabled_at'];

/** One operator; `null` where there is none. */
export async function findOperator(db: Database, id: string): Promise<Operator | null> {
  const rows = await db.run(
    'operator_find',
    (sql) => sql<Operator[]>`SELECT ${sql(COLUMNS)} FROM operators WHERE id = ${id}`,
  );
  return rows[0] ?? null;
}

/** Reads one operator and keeps others from changing them, or their tokens, until the SQL transaction ends. */
export async function lockOperator(sql: Queryable, id: string): Promise<Operator | null> {
  const rows = await sql<Operator[]>`
    SELECT ${sql(COLUMNS)} FROM operators WHERE id = ${id} FOR UPDATE`;
  return rows[0] ?? null;
}

/** Writes a new operator down; `null` where another who is not disabled has the name. */
export async function insertOperator(
  sql: Queryable,
  { id, name, role }: Pick<Operator, 'id' | 'name' | 'role'>,
): Promise<Operator | null> {
  const rows = await sql<Operator[]>`
    INSERT INTO operators (id, name, role) VALUES (${id}, ${name}, ${role})
        ON CONFLICT (lower(name)) WHERE disabled_at IS NULL DO NOTHING
    RETURNING ${sql(COLUMNS)}`;
  return rows[0] ?? null;
}

/** Lists operators, the newest first: all of them, or a page. */
export function listOperators(
  db: Database,
  page: { after?: { createdAt: Date; id: string } | undefined; limit?: number } = {},
): Promise<Operator[]> {
  const { after, limit } = page;
  return db.run(
    'operator_list',
    (sql) => sql<Operator[]>`
      SELECT ${sql(COLUMNS)} FROM operators
       ${after ? sql`WHERE (created_at, id) < (${after.createdAt}, ${after.id})` : sql``}
       ORDER BY created_at DESC, id DESC
       LIMIT ${limit ?? null}`,
  );
}

/** Gives an operator another role. */
export async function setRole(sql: Queryable, id: string, role: Role): Promise<Operator> {
  const [row] = await sql<[Operator]>`
    UPDATE operators SET role = ${role} WHERE id = ${id} RETURNING ${sql(COLUMNS)}`;
  return row;
}

/** Lets an operator in no more. */
export async function disableLockedOperator(sql: Queryable, id: string): Promise<Operator> {
  const [row] = await sql<[Operator]>`
    UPDATE operators SET disabled_at = now() WHERE id = ${id} RETURNING ${sql(COLUMNS)}`;
  return row;
}
