import { Client } from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Opens one connection to PostgreSQL itself, past any pooler: for what needs a session of its own.
 *
 * The URL's `sslmode` means what it means to PostgreSQL's own programs: `require` encrypts and
 * checks the certificate only where `sslrootcert` says against what, `verify-full` always checks,
 * and `prefer` goes on in the clear where the server cannot encrypt.
 * Source: https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export async function connectDirectly(url: string, applicationName: string): Promise<Client> {
  const mode = /[?&]sslmode=([^&]*)/.exec(url)?.[1];
  if (mode !== 'prefer' && mode !== 'allow') {
    return open(withOption(url, mode, mode), applicationName);
  }
  try {
    return await open(withOption(url, mode, 'prefer'), applicationName);
  } catch (error) {
    const plain = error instanceof Error && /does not support SSL/.test(error.message);
    if (!plain) throw error;
    return open(withOption(url, mode, 'disable'), applicationName);
  }
}

async function open(connectionString: string, applicationName: string): Promise<Client> {
  const client = new Client({
    connectionString,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection lost between two queries is reported by the next one.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Without `uselibpqcompat` the driver takes these modes for verify-full, and warns about it. */
function withOption(url: string, from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return url;
  const changed = url.replace(`sslmode=${from}`, `sslmode=${to}`);
  const lenient = ['prefer', 'require', 'verify-ca'].includes(to);
  return lenient && !changed.includes('uselibpqcompat=')
    ? `${changed}&uselibpqcompat=true`
    : changed;
}
