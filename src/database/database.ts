import type { Tracer } from '../observability/tracer.ts';
import { Overloaded } from '../overloaded.ts';
import { ConnectionPool } from './pool.ts';
import { createSql, type Sql } from './sql.ts';

export type { Fragment, Sql } from './sql.ts';
/** Statements that are sent on connections of a pool. */
export interface PoolSql extends Sql {
  /** Runs `work` in an SQL transaction, which is rolled back when it throws. Its statements follow one another. */
  begin: <T>(work: (sql: SqlTransaction) => PromiseLike<T>) => Promise<T>;
}
/** Statements of one SQL transaction. */
export type SqlTransaction = Sql;
/** Where a query can run. `bigint` columns are `bigint`s and columns arrive in camelCase. */
export type Queryable = Sql;

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Whether statements are prepared by name; PgBouncer before 1.21 cannot have that in transaction mode. */
  prepare: boolean;
  applicationName: string;
  /** Told how long each named query took. */
  onQuery?: (query: string, durationMs: number) => void;
  /** Tells of each named query in the trace that it is part of. */
  tracer?: Tracer | null;
}

/** How many queries may wait for a connection, for each connection of the pool. Past it callers are refused. */
const WAITING_PER_CONNECTION = 64;

/** PostgreSQL, with a bounded pool whose load and latency can be seen. */
export class Database {
  readonly sql: PoolSql;
  readonly poolSize: number;
  readonly #pool: ConnectionPool;
  readonly #onQuery: (query: string, durationMs: number) => void;
  readonly #tracer: Tracer | null;
  /** When each query was asked for that has not ended, the oldest first. */
  readonly #running = new Set<{ startedAt: number }>();

  constructor(options: DatabaseOptions) {
    this.poolSize = options.poolSize;
    this.#onQuery = options.onQuery ?? (() => undefined);
    this.#tracer = options.tracer ?? null;
    this.#pool = new ConnectionPool({ ...options, size: options.poolSize });
    this.sql = Object.assign(createSql(this.#pool.send), {
      begin: <T>(work: (sql: SqlTransaction) => PromiseLike<T>) => this.#pool.begin(work),
    });
  }

  /** Runs a query, or an SQL transaction, under the name by which metrics know it. */
  run<T>(name: string, query: (sql: PoolSql) => PromiseLike<T>): Promise<T> {
    if (this.#tracer === null) return this.#run(name, query);
    const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': name };
    return this.#tracer.part({ name, kind: 'client', attributes }, () => this.#run(name, query));
  }

  async #run<T>(name: string, query: (sql: PoolSql) => PromiseLike<T>): Promise<T> {
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
    await this.#pool.close(timeoutSeconds * 1_000);
  }
}
