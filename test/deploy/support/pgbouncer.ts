import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServiceUser } from '../../../src/database/embedded/service-user.ts';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';
import { createCertificate } from '../../support/services/certificate.ts';
import { endProcess } from '../../support/services/end-process.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { openDatabase } from '../../support/services/postgres.ts';
import { readDeployFile } from './files.ts';
import { replacePlaces } from './replace-places.ts';
import { findTool } from './tools.ts';

/** A real PgBouncer in transaction mode, which lends its connections for one transaction at a time. */
export interface PgBouncer {
  /** The same database and role as those that it was started for, through it. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts PgBouncer on a free port of 127.0.0.1 with the shipped configuration, in which only places are replaced.
 *
 * @param databaseUrl where its database is, which has to speak TLS
 * @param certificateFile that the database shows
 */
export async function startPgBouncer(
  databaseUrl: string,
  certificateFile: string,
): Promise<PgBouncer> {
  const { port, username, password, pathname } = new URL(databaseUrl);
  const directory = await mkdtemp(join(tmpdir(), 'tender-pgbouncer-'));
  const [listenPort = 0] = await freePorts(1);
  const tls = await createCertificate(directory);
  await copyFile(certificateFile, join(directory, 'authority.pem'));
  await writeFile(join(directory, 'users.txt'), `"${username}" "${password}"\n`);
  const places: [RegExp, string][] = [
    [/payments = host=db-master.internal port=5432/, `* = host=localhost port=${port}`],
    [/listen_addr = \*/, 'listen_addr = 127.0.0.1'],
    [/listen_port = 6432/, `listen_port = ${listenPort}`],
    [/\/run\/pgbouncer\//, `${directory}/`],
    [/\/etc\/pgbouncer\/cert.pem/, tls.certificateFile],
    [/\/etc\/pgbouncer\/key.pem/, tls.keyFile],
    [/\/etc\/pgbouncer\//g, `${directory}/`],
  ];
  // Its comments name the same places.
  const text = readDeployFile('pgbouncer', 'pgbouncer.ini').replaceAll(/^;.*$/gm, '');
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(file, replacePlaces(text, places));
  // It does not run as root, as PostgreSQL does not.
  const account = await findServiceUser();
  const user = account.kind === 'user' ? { uid: account.user.uid, gid: account.user.gid } : {};
  if (account.kind === 'user') {
    const names = (await readdir(directory)).map((name) => join(directory, name));
    for (const each of [directory, ...names]) await chown(each, account.user.uid, account.user.gid);
  }
  const child = spawn(await findTool('pgbouncer'), ['-q', file], { ...user, stdio: 'ignore' });
  await once(child, 'spawn');
  const disarm = killWithParent(child.pid ?? 0);
  const url = `postgresql://${username}:${password}@127.0.0.1:${listenPort}${pathname}?sslmode=require`;
  await eventually(async () => {
    const db = openDatabase(url);
    try {
      await db.sql`SELECT 1`;
    } finally {
      await db.close();
    }
  }, 20_000);
  return {
    url,
    async stop() {
      await endProcess(child, 'SIGKILL');
      disarm();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
