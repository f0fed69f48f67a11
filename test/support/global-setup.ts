import type { TestProject } from 'vitest/node';
import { startTestPostgres } from './services/postgres-server.ts';
import type { PostgresConnection } from './services/postgres-server.ts';
import { findRedisServer } from './services/redis-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresConnection;
  }
}

/** Brings what the integration tests share: one PostgreSQL server, and the redis-server program. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await findRedisServer();
  const postgres = await startTestPostgres();
  project.provide('postgres', postgres.connection);
  return postgres.stop;
}
