import { Overloaded } from '../overloaded.ts';
import { problem, ProblemError, type Problem } from './problem.ts';
import type { ProblemCode } from './problem-catalogue.ts';

/** How an error that reached the error handler is answered, and whether somebody has to hear of it. */
export interface Answer {
  problem: Problem;
  /** `expected` errors are the caller's doing and are told to the caller only. */
  fault: 'expected' | 'database' | 'bug';
}

/** Fastify's own errors: what a caller can bring about by sending something odd. */
const CODES_OF_FASTIFY: ReadonlyMap<string, ProblemCode> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported_media_type'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'malformed_request'],
  ['FST_ERR_BAD_URL', 'invalid_url'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'uri_too_long'],
  ['FST_ERR_NOT_FOUND', 'route_not_found'],
  ['FST_ERR_ROUTE_MISSING_CONTENT_TYPE', 'unsupported_media_type'],
]);

/**
 * Errors that say that the database cannot be reached, is about to stop, or cannot take more for the moment: those of
 * the driver and of the operating system, and PostgreSQL's own (its documentation, appendix A: classes 08, 53 and 57,
 * and 25006, which a former primary answers after a failover).
 */
const DATABASE_UNREACHABLE =
  /^(?:CONNECTION_\w+|CONNECT_TIMEOUT|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08\w{3}|53\w{3}|57\w{3}|25006)$/;
/** With these PostgreSQL does not open a session or ends it, whatever the reason: a wrong password is one. */
const SESSION_LOST = /^(?:FATAL|PANIC)$/;

/** Turns whatever was thrown into a problem of the catalogue. Of an unforeseen error nothing is told. */
export function problemOfError(error: unknown): Answer {
  if (error instanceof ProblemError) return { problem: error.problem, fault: 'expected' };
  if (error instanceof Overloaded) {
    const { reason } = error;
    return { problem: problem('overloaded', { extensions: { reason } }), fault: 'expected' };
  }
  const { code, statusCode, severity } = traitsOf(error);
  const known = CODES_OF_FASTIFY.get(code);
  if (known) return { problem: problem(known), fault: 'expected' };
  // Fastify gives 400 to a body whose connection broke; what it calls a 4xx elsewhere is the caller's doing too.
  if (statusCode >= 400 && statusCode < 500) {
    return { problem: problem('malformed_request'), fault: 'expected' };
  }
  if (DATABASE_UNREACHABLE.test(code) || SESSION_LOST.test(severity)) {
    return { problem: problem('service_unavailable'), fault: 'database' };
  }
  return { problem: problem('internal_error'), fault: 'bug' };
}

function traitsOf(error: unknown): { code: string; statusCode: number; severity: string } {
  if (typeof error !== 'object' || error === null) return { code: '', statusCode: 0, severity: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const statusCode =
    'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0;
  const severity = 'severity' in error && typeof error.severity === 'string' ? error.severity : '';
  return { code, statusCode, severity };
}
