import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Health, HealthReport } from './health.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsServerOptions {
  host: string;
  /** 0 takes any that is free. */
  port: number;
  metrics: Pick<Metrics, 'scrape' | 'contentType'>;
  health: Health;
  log: { error(fields: object, message: string): void };
}

export type MetricsServerStart =
  | { kind: 'listening'; port: number; close(): Promise<void> }
  /** The port cannot be had; the detail says which and what to do. */
  | { kind: 'refused'; detail: string };

/**
 * Serves `/metrics` for Prometheus, and `/health` and `/ready` for the probes of workers, on a port of its own: it is
 * not for the internet and answers while the API is overloaded.
 */
export async function startMetricsServer(
  options: MetricsServerOptions,
): Promise<MetricsServerStart> {
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 75_000,
      maxHeaderSize: 8_192,
    },
    (request, response) => {
      answer(options, request, response).catch((err: unknown) => {
        options.log.error({ err }, 'the metrics could not be read');
        send(response, 500, 'text/plain', 'The metrics could not be read; the log says why.\n');
      });
    },
  );
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    return { kind: 'refused', detail: explain(error, options) };
  }
  return {
    kind: 'listening',
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function answer(
  { metrics, health }: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, 'text/plain', 'Only GET is answered here.\n');
    return;
  }
  switch (request.url?.split('?', 1)[0]) {
    case '/metrics':
      send(response, 200, metrics.contentType, await metrics.scrape());
      return;
    case '/health':
      sendReport(response, health.live());
      return;
    case '/ready':
      sendReport(response, await health.ready());
      return;
    default:
      send(response, 404, 'text/plain', 'There is /metrics, /health and /ready.\n');
  }
}

function sendReport(response: ServerResponse, report: HealthReport): void {
  send(response, report.status, 'application/json', JSON.stringify(report.body));
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

function explain(error: unknown, { host, port }: MetricsServerOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') {
    return (
      `Port ${port} on ${host} is taken, so the metrics cannot be served. ` +
      'Stop what listens there, or set PAYMENT_PROMETHEUS_PORT to another port.'
    );
  }
  return `The metrics cannot be served on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}.`;
}
