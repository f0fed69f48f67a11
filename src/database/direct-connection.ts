import { Client } from 'pg';
import { cannotEncrypt, urlsForDriver } from './tls-modes.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** Opens one connection to PostgreSQL itself, past any pooler: for what needs a session of its own. */
export async function connectDirectly(url: string, applicationName: string): Promise<Client> {
  const [first, inTheClear] = urlsForDriver(url);
  try {
    return await open(first, applicationName);
  } catch (error) {
    if (inTheClear === undefined || !cannotEncrypt(error)) throw error;
    return open(inTheClear, applicationName);
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
