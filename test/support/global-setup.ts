import type { TestProject } from 'vitest/node';
import { startTestPostgres } from './services/postgres-server.ts';
import type { PostgresConnection } from './services/postgres-server.ts';
import { findRedisServer } from './services/redis-server.ts';
import { provideServiceProgram } from './service-program.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresConnection;
    /** The file that runs as `tender`. */
    program: string;
  }
}

/** Brings what the integration tests share: one PostgreSQL server, the redis-server program, and Tender itself. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await findRedisServer();
  const postgres = await startTestPostgres();
  try {
    const program = await provideServiceProgram();
    project.provide('postgres', postgres.connection);
    project.provide('program', program.path);
    return async () => {
      await postgres.stop();
      await program.remove();
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
