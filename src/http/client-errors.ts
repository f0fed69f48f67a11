import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { SECURITY_HEADERS } from './plugins/security-headers.ts';
import type { ProblemCode } from './problem-catalogue.ts';
import { PROBLEM_CONTENT_TYPE, problem, renderProblem } from './problem.ts';

/** The errors of Node's HTTP parser and its timers; everything else is a request that is not HTTP. */
const CODES: ReadonlyMap<string, ProblemCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'header_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'body_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
]);

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
};

/**
 * Answers what never became a request, bytes that are not HTTP or that come too slowly, with a problem document, and
 * closes the connection: nobody knows where the next request would begin.
 */
export function answerClientErrors(log: FastifyBaseLogger, nextRequestId: () => string) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const about = problem(CODES.get(error.code ?? '') ?? 'malformed_request');
    const requestId = nextRequestId();
    const body = renderProblem(about, requestId);
    const headers = {
      ...SECURITY_HEADERS,
      'x-request-id': requestId,
      'content-type': PROBLEM_CONTENT_TYPE,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    };
    log.info(
      {
        'http.request.id': requestId,
        'error.code': error.code,
        'http.response.status_code': about.status,
      },
      'request refused before it was one',
    );
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`HTTP/1.1 ${about.status} ${REASONS[about.status] ?? ''}`, ...lines].join('\r\n');
    socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
  };
}
