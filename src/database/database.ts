import postgres from 'postgres';
import { Overloaded } from '../overloaded.ts';

/** A connection pool or an SQL transaction on it; `bigint` columns are `bigint`s and columns arrive in camelCase. */
export type Sql = postgres.Sql<{ bigint: bigint }>;
export type SqlTransaction = postgres.TransactionSql<{ bigint: bigint }>;
/** Where a query can run. */
export type Queryable = Sql | SqlTransaction;

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Whether statements are prepared by name; PgBouncer before 1.21 cannot have that in transaction mode. */
  prepare: boolean;
  applicationName: string;
  /** Told how long each named query took. */
  onQuery?: (query: string, durationMs: number) => void;
}

/** How many queries may wait for a connection, for each connection of the pool. Past it callers are refused. */
const WAITING_PER_CONNECTION = 64;

/** PostgreSQL, with a bounded pool whose load and latency can be seen. */
export class Database {
  readonly sql: Sql;
  readonly poolSize: number;
  readonly #onQuery: (query: string, durationMs: number) => void;
  #running = 0;

  constructor(options: DatabaseOptions) {
    this.poolSize = options.poolSize;
    this.#onQuery = options.onQuery ?? (() => undefined);
    this.sql = postgres(options.url, {
      max: options.poolSize,
      prepare: options.prepare,
      connect_timeout: 5,
      idle_timeout: 300,
      max_lifetime: 3600,
      types: { bigint: postgres.BigInt },
      transform: { column: { from: postgres.toCamel } },
      connection: { application_name: options.applicationName },
      onnotice: () => undefined,
    });
  }

  /** Runs a query, or an SQL transaction, under the name by which metrics know it. */
  async run<T>(name: string, query: (sql: Sql) => PromiseLike<T>): Promise<T> {
    if (this.#running >= this.poolSize * (1 + WAITING_PER_CONNECTION)) {
      throw new Overloaded(`${this.#running} queries are running or waiting`);
    }
    this.#running += 1;
    const startedAt = performance.now();
    try {
      return await query(this.sql);
    } finally {
      this.#running -= 1;
      this.#onQuery(name, performance.now() - startedAt);
    }
  }

  /** How many connections are at work, and how many queries wait for one. */
  load(): { inUse: number; idle: number; waiting: number } {
    const inUse = Math.min(this.#running, this.poolSize);
    return { inUse, idle: this.poolSize - inUse, waiting: this.#running - inUse };
  }

  /** Lets running queries end, for at most `timeoutSeconds`, and closes every connection. */
  async close(timeoutSeconds = 5): Promise<void> {
    await this.sql.end({ timeout: timeoutSeconds });
  }
}
