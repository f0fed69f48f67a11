import { join } from 'node:path';
import { Client } from 'pg';
import { createApiKey } from '../../../src/admin/api-keys.ts';
import { Database } from '../../../src/database/database.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../src/database/embedded/embedded-postgres.ts';
import { migrateUp } from '../../../src/database/migrate.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { asSuperuser, urlOfDatabase } from '../../support/services/postgres-server.ts';

/** The database that every schedule finds new, under the same name, so that running processes find it again. */
const DATABASE = 'chaos';
const TEMPLATE = 'chaos_template';
const SLOTS = 8;
const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/** A PostgreSQL server that belongs to one run, and can be killed. */
export interface ChaosPostgres {
  /** Opens the way for the caller's queries, past every fault. */
  query<Row>(text: string): Promise<Row[]>;
  /** The service's own way to the database, past every fault, for what is verified with its own means. */
  withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T>;
  readonly port: number;
  /** The URL of the service's role over another port. */
  runtimeUrl(port: number): string;
  /** A key that works in every new database. */
  apiKey: string;
  /** Throws the database away and makes it anew. */
  renew(): Promise<void>;
  /** As `kill -9` does to the server; it runs its recovery when it starts again. */
  kill(): Promise<void>;
  /** As an administrator stops it: running statements are ended. */
  shutDown(): Promise<void>;
  /** Starts it where it is down. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server and makes the template of the schedules' databases. */
export async function startChaosPostgres(): Promise<ChaosPostgres> {
  const started = await startInFreeSlot();
  const { dataDirectory } = started;
  let postgres: EmbeddedPostgres | null = started.postgres;
  let known = started.postgres;
  let disarm = killWithParent(postgres.pid, 'INT');
  const run = (sql: string) =>
    asSuperuser(known.superuserUrl, (client) => client.query(sql).then(() => undefined));
  const down = async (kill: boolean) => {
    if (!postgres) return;
    const going = postgres;
    postgres = null;
    if (kill) process.kill(going.pid, 'SIGKILL');
    await going.stop();
    disarm();
  };
  const start = async () => {
    if (postgres) return;
    const outcome = await startEmbeddedPostgres({ dataDirectory });
    if (outcome.kind !== 'started') throw new Error('PostgreSQL does not start again');
    known = postgres = outcome.postgres;
    disarm = killWithParent(postgres.pid, 'INT');
  };
  // Several faults may want it down, and up again, at the same time.
  const inTurn = oneAtATime();
  const apiKey = await createTemplate(known, run);
  return {
    apiKey,
    get port() {
      return known.port;
    },
    async query<Row>(text: string): Promise<Row[]> {
      const client = new Client(urlOfDatabase(known.superuserUrl, DATABASE));
      // A connection that the server ends meanwhile is told to the query, and needs no listener of its own.
      client.on('error', () => undefined);
      await client.connect();
      try {
        return (await client.query(text)).rows as Row[];
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    withDatabase: (work) => useDatabase(urlOfDatabase(known.runtimeUrl, DATABASE), work),
    runtimeUrl(port) {
      const url = new URL(urlOfDatabase(known.runtimeUrl, DATABASE));
      url.port = String(port);
      return url.href;
    },
    async renew() {
      const owner = new URL(known.ownerUrl).username;
      await run(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
      await run(`CREATE DATABASE ${DATABASE} TEMPLATE ${TEMPLATE} OWNER ${owner}`);
    },
    kill: () => inTurn(() => down(true)),
    shutDown: () => inTurn(() => down(false)),
    start: () => inTurn(start),
    stop: () => inTurn(() => down(false)),
  };
}

async function startInFreeSlot(): Promise<{ dataDirectory: string; postgres: EmbeddedPostgres }> {
  for (let slot = 1; slot <= SLOTS; slot += 1) {
    const dataDirectory = join(CHECKOUT, '.tender', `chaos-postgres-${slot}`);
    const outcome = await startEmbeddedPostgres({ dataDirectory });
    if (outcome.kind === 'started') return { dataDirectory, postgres: outcome.postgres };
    if (outcome.kind === 'unavailable') throw new Error(outcome.reason);
  }
  throw new Error(`${SLOTS} runs are under way in this checkout: wait for one to end.`);
}

/** Makes a migrated database with an API key in it; gives the key. */
async function createTemplate(
  postgres: EmbeddedPostgres,
  run: (sql: string) => Promise<void>,
): Promise<string> {
  const owner = new URL(postgres.ownerUrl).username;
  await run(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
  await run(`CREATE DATABASE ${TEMPLATE} OWNER ${owner}`);
  const outcome = await migrateUp({
    url: urlOfDatabase(postgres.ownerUrl, TEMPLATE),
    runtimeRole: new URL(postgres.runtimeUrl).username,
  });
  if (outcome.kind === 'failed') throw new Error(outcome.failure.message);
  const { key } = await useDatabase(urlOfDatabase(postgres.runtimeUrl, TEMPLATE), (db) =>
    createApiKey(db, { name: 'chaos', mode: 'test' }),
  );
  return key;
}

async function useDatabase<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = new Database({ url, poolSize: 1, prepare: false, applicationName: 'chaos' });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
