import { inject } from 'vitest';
import { Database } from '../../../src/database/database.ts';
import { asSuperuser, uniqueName, urlOfDatabase } from './postgres-server.ts';

/** A database that one test file has to itself. */
export interface TestDatabase {
  name: string;
  /** As the role that owns the tables. */
  ownerUrl: string;
  /** As the role of the running service. */
  runtimeUrl: string;
}

/** Creates a database with the schema of this build, or an empty one with `migrated: false`. It goes when the run ends. */
export async function createDatabase(options?: { migrated: boolean }): Promise<TestDatabase> {
  const { superuserUrl, ownerUrl, runtimeUrl, template } = inject('postgres');
  const name = uniqueName('test');
  const owner = new URL(ownerUrl).username;
  const source = options?.migrated === false ? 'template1' : template;
  await asSuperuser(superuserUrl, (client) =>
    // To copy files is less work for a template of this size than to write each page to the log, too.
    client.query(`CREATE DATABASE ${name} TEMPLATE ${source} OWNER ${owner} STRATEGY FILE_COPY`),
  );
  return {
    name,
    ownerUrl: urlOfDatabase(ownerUrl, name),
    runtimeUrl: urlOfDatabase(runtimeUrl, name),
  };
}

/** Connections to a database as the service has them; the caller closes them. */
export function openDatabase(url: string): Database {
  return new Database({ url, poolSize: 4, prepare: true, applicationName: 'test' });
}
