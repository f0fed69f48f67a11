import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

/**
 * From the moment at which the application is closed, requests that still arrive on open connections get a 503 that
 * says so and closes their connection, while those under way are finished.
 */
export function refuseRequestsWhileClosing(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onRequest', (_request, reply, done) => {
    if (!closing) return done();
    reply.header('connection', 'close');
    sendProblem(reply, problem('draining'));
  });
}
