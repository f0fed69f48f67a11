import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { findCardNumber } from '../../observability/card-number.ts';

/** What a caller may choose as the id of its request. It is logged, stored and sent to the gateway. */
const WELL_FORMED = /^[\w.-]{1,128}$/;

/**
 * Makes ids for requests: random for the process, counted within it. Ids from a random source each would cost a request
 * more than anything else that is done for it here.
 */
export function createRequestIds(): () => string {
  const process = randomBytes(8).readBigUInt64BE().toString(36);
  let count = 0;
  return () => {
    count += 1;
    return `req_${process}-${count.toString(36)}`;
  };
}

/** The caller's own id for a request where it is well-formed, otherwise the next of ours. */
export function requestIdOf(
  request: Pick<IncomingMessage, 'headers'>,
  nextRequestId: () => string,
): string {
  const given = request.headers['x-request-id'];
  const usable =
    typeof given === 'string' && WELL_FORMED.test(given) && findCardNumber(given) === null;
  return usable ? given : nextRequestId();
}

/** Returns the request's id in every answer, so that a caller can name it to whoever reads the log. */
export function returnRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}
