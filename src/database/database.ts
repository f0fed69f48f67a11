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
  /** When each query was asked for that has not ended, the oldest first. */
  readonly #running = new Set<{ startedAt: number }>();

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
    if (this.#running.size >= this.poolSize * (1 + WAITING_PER_CONNECTION)) {
      throw new Overloaded('database', `${this.#running.size} queries are running or waiting`);
    }
    const running = { startedAt: performance.now() };
    this.#running.add(running);
    try {
      return await query(this.sql);
    } finally {
      this.#running.delete(running);
      this.#onQuery(name, performance.now() - running.startedAt);
    }
  }

  /** How many connections are at work, and how many queries wait for one. */
  load(): { inUse: number; idle: number; waiting: number } {
    const { size } = this.#running;
    const inUse = Math.min(size, this.poolSize);
    return { inUse, idle: this.poolSize - inUse, waiting: size - inUse };
  }

  /** For how long the first of the queries that wait for a connection has done so, in milliseconds; 0 where none waits. */
  longestWaitMs(): number {
    // Connections are given out in the order in which they are asked for, so those who wait came last.
    let ahead = 0;
    for (const { startedAt } of this.#running) {
      if (ahead === this.poolSize) return performance.now() - startedAt;
      ahead += 1;
    }
    return 0;
  }

  /** Lets running queries end, for at most `timeoutSeconds`, and closes every connection. */
  async close(timeoutSeconds = 5): Promise<void> {
    await this.sql.end({ timeout: timeoutSeconds });
  }
}
