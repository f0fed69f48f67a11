import { pino, type DestinationStream, type Logger } from 'pino';
import { maskFields, maskText } from './redact.ts';

export type { DestinationStream as LogDestination, Logger } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggerOptions {
  level: LogLevel;
  /** Which part of the system speaks, such as `tender-api`. */
  service: string;
  version: string;
  /** Where the lines go; standard output without it. */
  destination?: DestinationStream;
  /** Tells the trace that a line belongs to; without it lines name none. */
  traceId?: (() => string | null) | undefined;
}

/** The version of the Elastic Common Schema that the field names come from. */
const ECS_VERSION = '8.11.0';
/** Enough for the frames that matter; a runaway stack must not make a line that log shippers cut. */
const MAX_STACK_LENGTH = 8_192;
const MAX_CAUSES = 5;

/**
 * Makes the process's logger: one line of JSON a record, with the field names of the Elastic Common Schema and the
 * level in capitals, so that `grep ERROR` finds what it should.
 *
 * An `Error` under `err` or `error` becomes `error.type`, `error.message` and `error.stack_trace`. Secrets and card
 * numbers are masked in every line, in messages and stack traces too.
 *
 * Lines are written without blocking the event loop; those still in memory are flushed when the process exits by
 * itself, and lost when it is killed.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      messageKey: 'message',
      base: {
        'service.name': options.service,
        'service.version': options.version,
        'ecs.version': ECS_VERSION,
        'process.pid': process.pid,
      },
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({ 'log.level': label.toUpperCase() }),
        log: (record) => maskFields(flattenErrors(record)),
      },
      hooks: { streamWrite: maskText },
      ...(options.traceId === undefined ? {} : { mixin: fieldsOfTrace(options.traceId) }),
    },
    options.destination ?? pino.destination({ dest: 1, sync: false }),
  );
}

function fieldsOfTrace(traceId: () => string | null): () => object {
  return () => {
    const id = traceId();
    return id === null ? {} : { 'trace.id': id };
  };
}

function flattenErrors(record: Record<string, unknown>): Record<string, unknown> {
  const name = record.err instanceof Error ? 'err' : 'error';
  const { [name]: thrown, ...rest } = record;
  return thrown instanceof Error ? { ...rest, ...describeError(thrown) } : record;
}

/** An error in the fields of the Elastic Common Schema; its causes are appended to the stack trace. */
export function describeError(error: Error): Record<string, string> {
  const code =
    'code' in error && typeof error.code === 'string' ? { 'error.code': error.code } : {};
  return {
    'error.type': error.name,
    'error.message': error.message,
    ...code,
    'error.stack_trace': stackWithCauses(error).slice(0, MAX_STACK_LENGTH),
  };
}

function stackWithCauses(error: Error): string {
  const parts: string[] = [];
  for (let next: unknown = error; next instanceof Error && parts.length <= MAX_CAUSES;) {
    parts.push(next.stack ?? `${next.name}: ${next.message}`);
    next = next.cause;
  }
  return parts.join('\nCaused by: ');
}
