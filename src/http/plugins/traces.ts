import type { FastifyInstance } from 'fastify';
import type { OpenSpan, Tracer } from '../../observability/tracer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The span of the request, where it is traced. */
    span?: OpenSpan;
  }
}

/**
 * Tells of every request to the API in a span, until its answer is sent. The trace goes
 * on from the caller's, but not where anybody may call: the sender of a webhook has no say in what is traced here.
 */
export function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { url: route, config } = request.routeOptions;
    if (!route?.startsWith('/api/')) return done();
    const given = request.headers.traceparent;
    const parent = config.public || typeof given !== 'string' ? null : given;
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    const name = `${request.method} ${route}`;
    const span = tracer.open({ name, kind: 'server', attributes }, { parent });
    request.span = span;
    reply.header('x-trace-id', span.traceId);
    reply.raw.once('close', () => {
      const { headersSent, statusCode } = reply.raw;
      if (!headersSent) return span.fail('abandoned');
      span.describe({ 'http.response.status_code': statusCode });
      if (statusCode >= 500) span.fail(String(statusCode));
      span.end();
    });
    span.enter(done);
  });
  // What was begun for a caller who has hung up is finished, and told of, all the same.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (reply.raw.destroyed) request.span?.end();
    done();
  });
}
