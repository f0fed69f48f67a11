import type { FastifyInstance } from 'fastify';
import type { OverloadReason } from '../../overloaded.ts';
import type { CallMetrics } from '../../observability/call-metrics.ts';
import { problem, type Problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request was answered with, where that was a problem. */
    problem: Problem | null;
  }
}

export type OverloadMetrics = Pick<CallMetrics, 'overloadRefused'>;

/**
 * While the process has more to do than it can do in time, answers routes that move money with 503 before anything is
 * read, written or sent. Reading, webhooks and probes go on. Every such answer is counted, whoever gave it.
 *
 * It comes before the caller is known: that may take a query, which is what there may be too much of.
 *
 * @param overloadedBy says what there is too much of, if there is
 */
export function refuseWhenOverloaded(
  app: FastifyInstance,
  overloadedBy: () => OverloadReason | null,
  metrics: OverloadMetrics,
): void {
  app.decorateRequest('problem', null);
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.movesMoney !== true) return done();
    const reason = overloadedBy();
    if (reason === null) return done();
    sendProblem(reply, problem('overloaded', { extensions: { reason } }));
  });
  app.addHook('onResponse', ({ problem: about }, _reply, done) => {
    if (about?.code === 'overloaded') {
      const { reason, gateway } = about.extensions;
      metrics.overloadRefused({ reason: textOf(reason), gateway: textOf(gateway) });
    }
    done();
  });
}

function textOf(member: unknown): string {
  return typeof member === 'string' ? member : '';
}
