import { join } from 'node:path';
import { createApiKey } from '../src/admin/api-keys.ts';
import { Database } from '../src/database/database.ts';
import { ROLES } from '../src/database/embedded/credentials.ts';
import { startEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.ts';
import { migrateUp } from '../src/database/migrate.ts';
import { killWithParent } from '../test/support/services/kill-with-parent.ts';
import { openConnections } from './connections.ts';

/** Connections of each contestant: the default of `PAYMENT_DATABASE_POOL_SIZE`. */
export const POOL_SIZE = 8;

/** The database server that every contestant uses, with its default settings: `fsync` is on. */
export interface Ground {
  version: string;
  /** The process that all of the server's processes are children of. */
  pid: number;
  /** Makes an empty database, in place of the one that an earlier run left under that name. */
  createDatabase(name: string, options: { migrated: boolean }): Promise<BenchDatabase>;
  /** So that no contestant pays for what another has left in memory. */
  checkpoint(): Promise<void>;
  stop(): Promise<void>;
}

export interface BenchDatabase {
  /** As the role of the running service. */
  url: string;
  /** As the superuser, for looking and for tables that are no part of Tender. */
  superuserUrl: string;
}

/** Starts the embedded PostgreSQL of the bench, in a folder of its own. */
export async function prepareGround(): Promise<Ground> {
  const dataDirectory = join(import.meta.dirname, '..', '.tender', 'bench-postgres');
  const started = await startEmbeddedPostgres({ dataDirectory });
  if (started.kind === 'in_use') throw new Error(`process ${started.ownerPid} runs the bench`);
  if (started.kind === 'unavailable') throw new Error(started.reason);
  const server = started.postgres;
  const disarm = killWithParent(server.pid, 'INT');
  const { sql, send, close } = openConnections(server.superuserUrl);
  const [settings] = await sql<{ version: string; fsync: string; commit: string }[]>`
    SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
           current_setting('synchronous_commit') AS commit`;
  if (settings?.fsync !== 'on' || settings.commit !== 'on') throw new Error('fsync is off');

  return {
    version: settings.version,
    pid: server.pid,
    async createDatabase(name, { migrated }) {
      await send(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await send(`CREATE DATABASE ${name} OWNER ${ROLES.owner}`);
      if (migrated) {
        const url = withDatabase(server.ownerUrl, name);
        const outcome = await migrateUp({ url, runtimeRole: ROLES.runtime });
        if (outcome.kind === 'failed') throw new Error(outcome.failure.message);
      }
      return {
        url: withDatabase(server.runtimeUrl, name),
        superuserUrl: withDatabase(server.superuserUrl, name),
      };
    },
    async checkpoint() {
      await sql`CHECKPOINT`;
    },
    async stop() {
      await close();
      await server.stop();
      disarm();
    },
  };
}

/** Makes an API key for the load. */
export async function makeApiKey({ url }: BenchDatabase): Promise<string> {
  const db = new Database({ url, poolSize: 1, prepare: true, applicationName: 'bench' });
  const { key } = await createApiKey(db, { name: 'bench', mode: 'test' });
  await db.close();
  return key;
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
