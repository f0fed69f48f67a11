import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries } from '../../../src/database/embedded/binaries.ts';
import { POSTGRES_ENVIRONMENT } from '../../../src/database/embedded/cluster.ts';
import { SYSTEM_ROOT } from '../../../src/database/embedded/home.ts';
import { findServiceUser } from '../../../src/database/embedded/service-user.ts';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';
import { createCertificate } from '../../support/services/certificate.ts';
import { endProcess } from '../../support/services/end-process.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { deployPath, readDeployFile } from './files.ts';
import { replacePlaces } from './replace-places.ts';
import { findTool } from './tools.ts';

const run = promisify(execFile);

/** A PostgreSQL server with the shipped postgresql.conf and pg_hba.conf, in which only places are replaced. */
export interface ConfiguredPostgres {
  port: number;
  /** What the server shows, which signs itself. */
  certificateFile: string;
  /** Runs a shipped SQL file in psql as the superuser of the machine itself, with its variables set. */
  runSql(file: string, variables: Record<string, string>): Promise<void>;
  /** What psql says to one statement, with a connection string of libpq. */
  psql(connection: string, sql: string): Promise<string>;
  stop(): Promise<void>;
}

/** Makes a new data folder, and starts a server on it as the head of postgresql.conf says. */
export async function startConfiguredPostgres(): Promise<ConfiguredPostgres> {
  const account = await findServiceUser();
  if (account.kind === 'unavailable') throw new Error(account.reason);
  const user = account.kind === 'user' ? { uid: account.user.uid, gid: account.user.gid } : {};
  const directory = await mkdtemp(join(tmpdir(), 'tender-postgres-'));
  const copiesDirectory = account.kind === 'user' ? join(SYSTEM_ROOT, 'binaries') : directory;
  const found = await findBinaries({ copiesDirectory, copy: account.kind === 'user' });
  if (found.kind === 'unavailable') throw new Error(found.reason);
  const { binaries } = found;

  const [port = 0] = await freePorts(1);
  const { certificateFile, keyFile } = await createCertificate(directory);
  await chmod(keyFile, 0o600);
  const places: [RegExp, string][] = [
    [/^listen_addresses = '\*'/m, "listen_addresses = '127.0.0.1'"],
    [/^port = 5432/m, `port = ${port}\nunix_socket_directories = '${directory}'`],
    [/\/etc\/postgresql\/server\.crt/g, certificateFile],
    [/\/etc\/postgresql\/server\.key/g, keyFile],
    [/'\/etc\/postgresql\//g, `'${directory}/`],
  ];
  await writeFile(
    join(directory, 'postgresql.conf'),
    replacePlaces(readDeployFile('postgres', 'postgresql.conf'), places),
  );
  // The socket lies in a folder that nobody else can enter; the account that the server runs as is not called postgres.
  await writeFile(
    join(directory, 'pg_hba.conf'),
    replacePlaces(readDeployFile('postgres', 'pg_hba.conf'), [[/\bpeer$/m, 'trust']]),
  );
  if (account.kind === 'user') {
    for (const file of [directory, keyFile]) {
      await chown(file, account.user.uid, account.user.gid);
    }
  }
  const data = join(directory, 'data');
  const context = { cwd: directory, env: POSTGRES_ENVIRONMENT, ...user };
  await run(
    binaries.initdb,
    ['-D', data, '-U', 'postgres', '--encoding=UTF8', '--locale=C', '--data-checksums'],
    context,
  );

  const configuration = join(directory, 'postgresql.conf');
  const server = spawn(binaries.postgres, ['-D', data, '-c', `config_file=${configuration}`], {
    ...context,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await once(server, 'spawn');
  const disarm = killWithParent(server.pid ?? 0, 'INT');

  const psql = await findTool('psql');
  const env = { PATH: process.env['PATH'] ?? '' };
  const local = `host=${directory} port=${port} user=postgres`;
  const ask = async (connection: string, sql: string) => {
    const flags = ['--no-psqlrc', '--no-password', '--tuples-only', '--no-align'];
    return (await run(psql, [...flags, '--command', sql, connection], { env })).stdout.trim();
  };
  const stop = async () => {
    await endProcess(server, 'SIGINT');
    disarm();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL has ended: ${log}`);
      await ask(local, 'SELECT 1');
    }, 30_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    certificateFile,
    async runSql(file, variables) {
      const lines = Object.entries(variables).map(([name, value]) => `\\set ${name} '${value}'`);
      const script = [...lines, await readFile(deployPath('postgres', file), 'utf8')].join('\n');
      const child = run(psql, ['--no-psqlrc', local], { env });
      child.child.stdin?.end(script);
      await child;
    },
    psql: ask,
    stop,
  };
}
