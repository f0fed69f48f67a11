import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { ensureDatabase, prepareCluster } from './cluster.ts';
import { DATABASE, readCredentials, roleUrl } from './credentials.ts';
import { SYSTEM_ROOT, belongsToCheckout, findHome, leaveNote, setAside } from './home.ts';
import type { Home } from './home.ts';
import { acquireOwnerLock } from './owner-lock.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';
import { runServer } from './server.ts';
import { findServiceUser } from './service-user.ts';
import type { ServiceUser } from './service-user.ts';

/** A PostgreSQL server that belongs to this process until it is stopped. */
export interface EmbeddedPostgres {
  /** The database `tender` as the role that migrates and owns the tables. */
  ownerUrl: string;
  /** The database `tender` as the role of the running service, which owns nothing. */
  runtimeUrl: string;
  /** The database `postgres` as the superuser. */
  superuserUrl: string;
  port: number;
  /** The process number of the server. */
  pid: number;
  /** True when the server had been started by a process that was killed before it could stop it. */
  adopted: boolean;
  /** Where data, log and passwords are; not the requested folder when this process is root's. */
  directory: string;
  /** Ends all sessions, waits until the server is gone, and keeps the data. Calls after the first do nothing. */
  stop: () => Promise<void>;
}

export type EmbeddedPostgresOutcome =
  | { kind: 'started'; postgres: EmbeddedPostgres }
  | { kind: 'in_use'; ownerPid: number }
  | { kind: 'unavailable'; reason: string };

export interface EmbeddedPostgresOptions {
  /** The folder that names this server, such as `.tender/postgres`; created where need be. */
  dataDirectory: string;
  /** Told in a sentence what takes time or may surprise. */
  log?: (message: string) => void;
  /** Settings of PostgreSQL beyond the defaults, by their names in postgresql.conf. */
  settings?: Record<string, string>;
}

/**
 * Runs a real PostgreSQL for development and tests: on 127.0.0.1 only, durable (fsync is on), with
 * random passwords, in UTF-8, the C locale and UTC. The first start creates the database `tender`
 * and its two roles; later ones find the data, and the port where it is still free.
 *
 * A server left behind by a killed process is adopted. `in_use` names the live process that has the
 * server; `unavailable` says in a sentence what stands in the way.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgresOutcome> {
  const account = await findServiceUser();
  if (account.kind === 'unavailable') return account;
  const user = account.kind === 'user' ? account.user : undefined;
  const home = await findHome(options.dataDirectory, user);
  const lock = await acquireOwnerLock(home.directory);
  if (lock.kind === 'held') return { kind: 'in_use', ownerPid: lock.ownerPid };

  let outcome: EmbeddedPostgresOutcome | undefined;
  try {
    outcome = await startLocked(options, home, user, lock.release);
    return outcome;
  } finally {
    if (outcome?.kind !== 'started') await lock.release();
  }
}

async function startLocked(
  options: EmbeddedPostgresOptions,
  home: Home,
  user: ServiceUser | undefined,
  release: () => Promise<void>,
): Promise<EmbeddedPostgresOutcome> {
  const log = options.log ?? (() => undefined);
  if (!(await belongsToCheckout(home))) {
    const leftover = await findPostmaster(home);
    if (leftover !== undefined) await stopPostmaster(leftover);
    log(`The database of an earlier checkout was moved to ${await setAside(home)}.`);
  }
  if (user !== undefined) await leaveNote(home, user);

  const copiesDirectory = user === undefined ? home.directory : join(SYSTEM_ROOT, 'binaries');
  const found = await findBinaries({ copiesDirectory, copy: user !== undefined });
  if (found.kind === 'unavailable') return found;
  const { binaries } = found;

  if ((await readCredentials(home.credentialsFile)) === undefined) {
    log(`Creating a PostgreSQL database in ${home.directory}.`);
  }
  const cluster = await prepareCluster(home, binaries, user);
  if (cluster.kind === 'unavailable') return cluster;
  const { credentials } = cluster;

  const settings = options.settings ?? {};
  const running = await runServer({ home, binaries, credentials, user, settings });
  if (running.kind === 'unavailable') return running;
  const { server } = running;
  if (server.adopted) log('Adopted the PostgreSQL server that an earlier process left running.');
  try {
    await ensureDatabase(credentials, server.port);
  } catch (error) {
    await stopPostmaster(server.process);
    throw error;
  }

  let stopped: Promise<void> | undefined;
  return {
    kind: 'started',
    postgres: {
      ownerUrl: roleUrl(credentials, 'owner', server.port, DATABASE),
      runtimeUrl: roleUrl(credentials, 'runtime', server.port, DATABASE),
      superuserUrl: roleUrl(credentials, 'superuser', server.port, 'postgres'),
      port: server.port,
      pid: server.process.pid,
      adopted: server.adopted,
      directory: home.directory,
      stop: () => (stopped ??= stopPostmaster(server.process).then(release)),
    },
  };
}
