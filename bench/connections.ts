import { Pool } from 'pg';
import { createSql, type Sql } from '../src/database/sql.ts';

/** Connections of the driver that Tender has, with nothing of Tender around them. */
export interface Connections {
  sql: Sql;
  /** Sends a statement on whichever connection is free; it is prepared by name. Columns keep their names. */
  send: (text: string, parameters?: readonly unknown[]) => Promise<object[]>;
  close: () => Promise<void>;
}

/** Opens a pool, whose connections are made when they are needed. */
export function openConnections(url: string, size = 1): Connections {
  const pool = new Pool({ connectionString: url, max: size });
  const names = new Map<string, string>();
  const send = async (text: string, parameters: readonly unknown[] = []) => {
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return (await pool.query<object>({ name, text, values: [...parameters] })).rows;
  };
  return { sql: createSql(send), send, close: () => pool.end() };
}
