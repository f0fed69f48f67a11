import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route may move money: it rests during maintenance. */
    movesMoney?: boolean;
  }
}

/** During maintenance, answers routes that move money with 503 before anything is written or sent. */
export function restDuringMaintenance(app: FastifyInstance, isInMaintenance: () => boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.movesMoney !== true || !isInMaintenance()) return done();
    sendProblem(reply, problem('maintenance'));
  });
}
