import { parseConnectionUrl } from '../../config/connection-url.ts';
import { missingMigrations } from '../../database/schema-version.ts';
import { judgeCertificate, readCertificate } from '../certificate.ts';
import { fail, pass, warn, type Check, type Finding, type Patient } from '../check.ts';

const OLDEST_VERSION = 14;

/** That the database is one that Tender runs on, reached over verified TLS, and migrated. */
export const databaseCheck: Check = {
  name: 'database',
  run: async (patient) => {
    const { db } = patient;
    const [row] = await db.run(
      'doctor_database',
      (sql) => sql<[{ version: number; ssl: boolean | null; tls: string | null }]>`
        SELECT current_setting('server_version_num')::int / 10000 AS version, ssl, pg_stat_ssl.version AS tls
          FROM (SELECT pg_backend_pid() AS pid) AS me LEFT JOIN pg_stat_ssl USING (pid)`,
    );
    return [
      version(row.version),
      ...(await encryption(patient, row.ssl === true ? row.tls : null)),
      await migrations(patient),
    ];
  },
};

function version(found: number): Finding {
  const about = 'database.version';
  if (found >= OLDEST_VERSION) return pass(about, `PostgreSQL ${found}.`);
  return fail(
    about,
    `PostgreSQL ${found} is too old.`,
    `Use PostgreSQL ${OLDEST_VERSION} or later.`,
  );
}

async function encryption(
  { settings, databaseUrl }: Patient,
  tls: string | null,
): Promise<Finding[]> {
  const about = 'database.tls';
  if (tls === null) {
    const judge = settings.environment === 'development' ? warn : fail;
    return [
      judge(
        about,
        'The connection is not encrypted.',
        'Switch TLS on at the server and put sslmode=verify-full into the URL.',
      ),
    ];
  }
  const url = parseConnectionUrl(databaseUrl);
  const isVerified = url?.searchParams.get('sslmode') === 'verify-full';
  const encrypted = isVerified
    ? pass(about, `The connection is encrypted with ${tls}, and the server has proved who it is.`)
    : warn(
        about,
        `The connection is encrypted with ${tls}, but any server could stand at its other end.`,
        'Put sslmode=verify-full into the URL, and NODE_EXTRA_CA_CERTS where your own authority signs.',
      );
  if (url === null) return [encrypted];
  const certificate = await readCertificate(
    { host: url.hostname, port: Number(url.port || 5432) },
    'postgres',
  );
  return [encrypted, judgeCertificate('database.certificate', certificate)];
}

async function migrations({ db }: Patient): Promise<Finding> {
  const about = 'database.migrations';
  const missing = await db.run('doctor_migrations', (sql) => missingMigrations(sql));
  if (missing.length === 0) return pass(about, 'The schema has all that this version needs.');
  return fail(about, `Missing: ${missing.join(', ')}.`, 'Run tender migrate up.');
}
