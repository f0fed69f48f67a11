import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { problemError } from '../problem.ts';

/**
 * Takes `application/json` in UTF-8 and nothing else. A body of no bytes counts as no body.
 *
 * Of several members with one name the last counts, as everywhere in JavaScript.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
        done(problemError('unsupported_media_type'));
      } else {
        parse(body, done);
      }
    },
  );
}

function parse(body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  if (body.length === 0) {
    done(null, undefined);
    return;
  }
  if (!isUtf8(body)) {
    done(problemError('invalid_json', { detail: 'The body is not valid UTF-8: encode it so.' }));
    return;
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's own message quotes the body, which may hold what must not be repeated.
    done(problemError('invalid_json'));
    return;
  }
  done(null, value);
}

/**
 * Has the routes of one plugin receive the raw bytes of any body, whatever its type: a signature is made over bytes,
 * and what was parsed and written again has others.
 *
 * @param limitBytes larger bodies get 413
 */
export function acceptRawBodies(app: FastifyInstance, limitBytes: number): void {
  app.removeAllContentTypeParsers();
  // JSON is named beside all the others, as only the headers of named types are remembered and not parsed each time.
  app.addContentTypeParser<Buffer>(
    ['application/json', '*'],
    { parseAs: 'buffer', bodyLimit: limitBytes },
    (_request, body, done) => done(null, body),
  );
}
