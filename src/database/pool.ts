import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import { COLUMN_TYPES, rowsOf } from './rows.ts';
import { createSql, type Parameter, type Send, type Sql } from './sql.ts';
import { cannotEncrypt, urlsForDriver } from './tls-modes.ts';
import { namedError } from './unreachable.ts';

/** How long a caller waits for a connection: one that is free, or a new one. */
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * How long a statement may take before its connection is given up. None of the service's own takes as long. The server ends
 * it soon after by its `statement_timeout`, for giving up is not told to it.
 */
export const QUERY_TIMEOUT_MS = 60_000;

export interface PoolOptions {
  url: string;
  size: number;
  /** Whether statements are prepared by name; PgBouncer before 1.21 cannot have that in transaction mode. */
  prepare: boolean;
  applicationName: string;
}

/**
 * Connections to PostgreSQL. One that was lost, or did not answer in time, is never used again, so that no answer
 * reaches another caller than its own.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  #urls: [first: string, inTheClear?: string];
  readonly #connected = new Set<PoolClient>();
  /** Connections of which it is not known where they stand. */
  readonly #discarded = new WeakSet<PoolClient>();
  #pool: Pool;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#urls = urlsForDriver(options.url);
    this.#pool = this.#open(this.#urls[0]);
  }

  /** Sends one statement, on whichever connection is free. */
  readonly send: Send = async (text, parameters) => {
    const client = await this.#connect();
    try {
      return await this.#query(client, text, parameters);
    } catch (error) {
      if (!isOutdatedPlan(error)) throw error;
      return await this.#query(client, text, parameters, { prepare: false });
    } finally {
      client.release(this.#discarded.has(client));
    }
  };

  /** Runs `work` in an SQL transaction, which is rolled back when it throws. Its statements follow one another. */
  async begin<T>(work: (sql: Sql) => PromiseLike<T>): Promise<T> {
    const client = await this.#connect();
    let isOver = false;
    const sql = createSql(async (text, parameters) => {
      if (isOver) throw new Error('the SQL transaction of this statement is over');
      return this.#query(client, text, parameters);
    });
    try {
      await this.#command(client, 'BEGIN');
      const result = await work(sql);
      isOver = true;
      // PostgreSQL answers so where a statement failed, and its error went unseen.
      const done = await this.#command(client, 'COMMIT');
      if (done !== 'COMMIT') throw new Error('a statement of this SQL transaction failed');
      return result;
    } catch (error) {
      isOver = true;
      if (!this.#discarded.has(client)) {
        await this.#command(client, 'ROLLBACK').catch(() => undefined);
      }
      throw error;
    } finally {
      client.release(this.#discarded.has(client));
    }
  }

  /** Lets what was begun end, for at most `timeoutMs`, and closes every connection. */
  async close(timeoutMs: number): Promise<void> {
    const ended = this.#pool.end();
    await Promise.race([ended, delay(timeoutMs, null, { ref: false })]);
    await Promise.allSettled([...this.#connected].map((client) => client.end()));
  }

  #open(url: string): Pool {
    const pool = new Pool({
      connectionString: url,
      max: this.#options.size,
      application_name: this.#options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: 300_000,
      maxLifetimeSeconds: 3_600,
      keepAlive: true,
      types: COLUMN_TYPES,
    });
    pool.on('connect', (client) => {
      this.#connected.add(client);
      // Whoever uses the connection is told by the statement that fails.
      client.on('error', () => this.#discarded.add(client));
    });
    pool.on('remove', (client) => this.#connected.delete(client));
    pool.on('error', () => undefined);
    return pool;
  }

  async #connect(): Promise<PoolClient> {
    const pool = this.#pool;
    try {
      return await pool.connect();
    } catch (error) {
      const [, inTheClear] = this.#urls;
      if (inTheClear === undefined || !cannotEncrypt(error)) throw namedError(error);
      // All who wait find it out at once; the first of them opens the pool that the others use too.
      if (this.#pool === pool) this.#pool = this.#open(inTheClear);
      this.#urls = [inTheClear];
      return this.#connect();
    }
  }

  async #query(
    client: PoolClient,
    text: string,
    values: Parameter[],
    { prepare }: { prepare: boolean } = this.#options,
  ): Promise<object[]> {
    const query = { text, values: values.map(toDriver), rowMode: 'array' as const };
    try {
      return rowsOf(
        await client.query<unknown[]>(prepare ? { ...query, name: nameOf(text) } : query),
      );
    } catch (error) {
      throw this.#concerning(client, error);
    }
  }

  /** @returns what PostgreSQL calls what it did */
  async #command(client: PoolClient, text: string): Promise<string> {
    try {
      return (await client.query(text)).command;
    } catch (error) {
      throw this.#concerning(client, error);
    }
  }

  #concerning(client: PoolClient, error: unknown): unknown {
    const isAnswer = error instanceof DatabaseError && error.severity === 'ERROR';
    if (!isAnswer || isOutdatedPlan(error)) this.#discarded.add(client);
    return namedError(error);
  }
}

/** The schema has changed since the statement was prepared, or a pooler has given the connection to another session. */
function isOutdatedPlan(error: unknown): boolean {
  return (
    error instanceof DatabaseError &&
    (error.routine === 'RevalidateCachedQuery' || error.routine === 'FetchPreparedStatement')
  );
}

const names = new Map<string, string>();

/** One name for one text, however many connections prepare it. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `s${names.size}`;
    names.set(text, name);
  }
  return name;
}

function toDriver(parameter: Parameter): unknown {
  // Most are texts and numbers, which are sent as they are.
  if (typeof parameter === 'bigint') return parameter.toString();
  if (typeof parameter !== 'object') return parameter;
  if (parameter instanceof Date) return parameter.toISOString();
  if (parameter instanceof Uint8Array)
    return Buffer.from(parameter.buffer, parameter.byteOffset, parameter.length);
  return parameter;
}
