import { randomUUID } from 'node:crypto';
import { chown, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../src/database/embedded/embedded-postgres.ts';
import { migrateUp } from '../../../src/database/migrate.ts';
import { createCertificate } from '../../support/services/certificate.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { asSuperuser } from '../../support/services/postgres-server.ts';
import type { TestDatabase } from '../../support/services/postgres.ts';
import { CHECKOUT } from './files.ts';

/** A PostgreSQL server that one test has to itself, so that it may set it up, restart it and lose it. */
export interface OwnPostgres {
  /** The database `postgres` as the superuser. */
  superuserUrl: string;
  port: number;
  /** Where its data are. */
  dataDirectory: string;
  /** A certificate and its key, which the server may read; it does not use them by itself. */
  certificateFile: string;
  keyFile: string;
  /** Has it take TLS beside plain connections. */
  offerTls(): Promise<void>;
  /** A database with the schema of this build, which goes with the server. */
  migrated(): Promise<TestDatabase>;
  /** Kills the server as a machine that is lost; what was not written to its log is gone. */
  kill(): Promise<void>;
  /** Ends all sessions and stops it in order. */
  stop(): Promise<void>;
  /** Starts it again after either, on the same port and with its data. */
  start(): Promise<void>;
  /** Stops it, and removes all that it had. */
  remove(): Promise<void>;
}

/** Starts a server of its own, with data that are removed with it. */
export async function startOwnPostgres(
  settings: Record<string, string> = {},
): Promise<OwnPostgres> {
  const place = join(CHECKOUT, '.tender', `own-postgres-${randomUUID()}`);
  let { postgres, disarm } = await launch(place, settings);
  const { directory, port, superuserUrl, ownerUrl, runtimeUrl } = postgres;
  const dataDirectory = join(directory, 'data');
  const tls = await createCertificate(join(directory, 'tls'));
  // PostgreSQL takes a key that its own user owns and nobody else can read.
  const { uid, gid } = await stat(dataDirectory);
  const files = [join(directory, 'tls'), tls.certificateFile, tls.keyFile];
  for (const file of files) await chown(file, uid, gid);
  const stop = async () => {
    await postgres.stop();
    disarm();
  };
  return {
    superuserUrl,
    port,
    dataDirectory,
    ...tls,
    offerTls: () =>
      asSuperuser(superuserUrl, async (client) => {
        await client.query(`ALTER SYSTEM SET ssl_cert_file = '${tls.certificateFile}'`);
        await client.query(`ALTER SYSTEM SET ssl_key_file = '${tls.keyFile}'`);
        await client.query('ALTER SYSTEM SET ssl = on');
        await client.query('SELECT pg_reload_conf()');
      }),
    async migrated() {
      const outcome = await migrateUp({
        url: ownerUrl,
        runtimeRole: new URL(runtimeUrl).username,
      });
      if (outcome.kind === 'failed') throw new Error(outcome.failure.message);
      const name = new URL(ownerUrl).pathname.slice(1);
      return { name, ownerUrl, runtimeUrl, drop: () => Promise.resolve() };
    },
    async kill() {
      process.kill(postgres.pid, 'SIGKILL');
      // What is left to be done is to give its folder back.
      await stop();
    },
    stop,
    async start() {
      ({ postgres, disarm } = await launch(place, settings));
      if (postgres.port !== port) throw new Error(`somebody has taken port ${port} meanwhile`);
    },
    async remove() {
      await stop();
      await rm(directory, { recursive: true, force: true });
      await rm(`${place}.txt`, { force: true });
    },
  };
}

async function launch(
  place: string,
  settings: Record<string, string>,
): Promise<{ postgres: EmbeddedPostgres; disarm: () => void }> {
  const outcome = await startEmbeddedPostgres({ dataDirectory: place, settings });
  if (outcome.kind !== 'started') {
    throw new Error(outcome.kind === 'unavailable' ? outcome.reason : 'somebody has its folder');
  }
  const { postgres } = outcome;
  return { postgres, disarm: killWithParent(postgres.pid, 'INT') };
}
