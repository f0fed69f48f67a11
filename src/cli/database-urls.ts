import { EXIT_CONFIGURATION } from '../config/exit-codes.ts';
import type { Settings } from '../config/settings.ts';
import { Exit } from './exit.ts';
import type { DatabaseUrls } from './system.ts';

/** Where the database is, for commands that do not bring one of their own. */
export function databaseUrls({ database }: Settings): DatabaseUrls {
  if (database.kind === 'url') {
    return { url: database.url.reveal(), directUrl: database.directUrl.reveal() };
  }
  throw new Exit(
    EXIT_CONFIGURATION,
    'DATABASE_URL is not set. Set it, or use tender start, which brings a PostgreSQL of its own for development.',
  );
}
