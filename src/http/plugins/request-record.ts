import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallMetrics } from '../../observability/call-metrics.ts';

export type RequestMetrics = Pick<CallMetrics, 'httpRequest'>;

/** What the caller would have got is not known: it hung up first. The number is the one that nginx logs. */
const CALLER_GONE = 499;

/** Logs and times every request when its answer is on the way, or when its caller has hung up. */
export function recordRequests(app: FastifyInstance, metrics: RequestMetrics): void {
  app.addHook('onRequest', (request, reply, done) => {
    recordWhenClosed(request, reply, metrics);
    done();
  });
}

/** One line at INFO and one observation, once the exchange is over, however it ends. */
export function recordWhenClosed(
  request: FastifyRequest,
  reply: FastifyReply,
  metrics: RequestMetrics,
): void {
  const began = performance.now();
  // Not the framework's hook: it stays silent where the caller hangs up while a gateway is being asked. It comes once.
  reply.raw.on('close', () => {
    const durationMs = performance.now() - began;
    const statusCode = reply.raw.headersSent ? reply.raw.statusCode : CALLER_GONE;
    const route = request.routeOptions.url ?? 'unmatched';
    metrics.httpRequest({
      method: request.method,
      route,
      statusCode,
      durationSeconds: durationMs / 1_000,
    });
    request.log.info(
      {
        'http.request.method': request.method,
        'http.route': route,
        'url.path': request.url.split('?', 1)[0],
        'http.response.status_code': statusCode,
        // The Elastic Common Schema counts in nanoseconds.
        'event.duration': Math.round(durationMs * 1_000_000),
        ...(request.caller ? { 'user.id': request.caller.id } : {}),
        ...(request.span ? { 'trace.id': request.span.traceId } : {}),
      },
      statusCode === CALLER_GONE ? 'request abandoned by its caller' : 'request finished',
    );
  });
}
