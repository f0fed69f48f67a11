import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { newId } from '../../ids.ts';
import { findCardNumber } from '../../observability/card-number.ts';

/** What a caller may choose as the id of its request. It is logged, stored and sent to the gateway. */
const WELL_FORMED = /^[\w.-]{1,128}$/;

/** The caller's own id for a request where it is well-formed, otherwise a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  const usable =
    typeof given === 'string' && WELL_FORMED.test(given) && findCardNumber(given) === null;
  return usable ? given : newId('req');
}

/** Returns the request's id in every answer, so that a caller can name it to whoever reads the log. */
export function returnRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}
