import type { Tracer } from '../observability/tracer.ts';
import type { Transport } from './transport.ts';

/**
 * The same transport, which tells of each request in the trace that it is part of: to whom, and what became of it. Paths
 * and bodies are not told, since they may hold what belongs to a customer. The gateway gets no `traceparent`: our traces
 * are of no use to it.
 */
export function traced(transport: Transport, tracer: Tracer): Transport {
  return {
    send(request) {
      const { method, origin } = request;
      const attributes = { 'http.request.method': method, 'server.address': new URL(origin).host };
      return tracer.part({ name: method, kind: 'client', attributes }, async (span) => {
        const exchange = await transport.send(request);
        if (exchange.kind === 'answered') {
          span.describe({ 'http.response.status_code': exchange.status });
          if (exchange.status >= 500) span.fail(String(exchange.status));
        } else {
          span.describe({ 'gateway.exchange': exchange.kind });
          span.fail(exchange.code);
        }
        return exchange;
      });
    },
    close: () => transport.close(),
  };
}
