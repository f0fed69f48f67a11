import { DatabaseError } from 'pg';

/**
 * Thrown where the connection to PostgreSQL is lost, cannot be had, or does not answer in time. Whether a statement
 * that was under way has been carried out is not known.
 */
export class DatabaseUnreachable extends Error {
  override name = 'DatabaseUnreachable';
  readonly code = 'CONNECTION_LOST';
}

/** What the driver throws, with a name for what it says in words only. */
export function namedError(error: unknown): unknown {
  const isNamed =
    !(error instanceof Error) ||
    error instanceof DatabaseError ||
    'code' in error ||
    // Not of the connection: a mistake of the program.
    error.constructor !== Error;
  return isNamed ? error : new DatabaseUnreachable(error.message, { cause: error });
}
