import { randomUUID } from 'node:crypto';
import { chown, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.ts';
import { createCertificate } from '../../support/services/certificate.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { CHECKOUT } from './files.ts';

/** A PostgreSQL server that one test has to itself, so that it may set it up, restart it and lose it. */
export interface OwnPostgres {
  /** The database `postgres` as the superuser. */
  superuserUrl: string;
  port: number;
  /** The process number of the server. */
  pid: number;
  /** Where its data are, and nothing else. */
  dataDirectory: string;
  /** A certificate and its key, which the server may read; it does not use them yet. */
  certificateFile: string;
  keyFile: string;
  /** Stops it, and removes all that it had. */
  remove(): Promise<void>;
}

/** Starts a server of its own, with data that are removed with it. */
export async function startOwnPostgres(
  settings: Record<string, string> = {},
): Promise<OwnPostgres> {
  const dataDirectory = join(CHECKOUT, '.tender', `own-postgres-${randomUUID()}`);
  const outcome = await startEmbeddedPostgres({ dataDirectory, settings });
  if (outcome.kind !== 'started') {
    throw new Error(outcome.kind === 'unavailable' ? outcome.reason : 'somebody has its folder');
  }
  const { postgres } = outcome;
  const disarm = killWithParent(postgres.pid, 'INT');
  const data = join(postgres.directory, 'data');
  const tls = await createCertificate(join(postgres.directory, 'tls'));
  // PostgreSQL takes a key that its own user owns and nobody else can read.
  const { uid, gid } = await stat(data);
  const files = [join(postgres.directory, 'tls'), tls.certificateFile, tls.keyFile];
  for (const file of files) await chown(file, uid, gid);
  return {
    superuserUrl: postgres.superuserUrl,
    port: postgres.port,
    pid: postgres.pid,
    dataDirectory: data,
    ...tls,
    async remove() {
      await postgres.stop();
      disarm();
      await rm(postgres.directory, { recursive: true, force: true });
      await rm(`${dataDirectory}.txt`, { force: true });
    },
  };
}
