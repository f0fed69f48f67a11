import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Why it is not known who sent a request. */
export type AuthenticationFailure =
  | 'missing'
  | 'malformed'
  | 'unknown'
  | 'revoked'
  | 'expired'
  /** A test key in production, or a live key elsewhere. */
  | 'wrong_mode'
  /** Wrong, and one of so many that its sender has to wait. */
  | 'locked_out';

/** Times what is asked of Tender and what Tender asks of others. */
export interface CallMetrics {
  /** One finished HTTP request; `route` is the pattern, such as `/api/v1/payments/:id`, never the path. */
  httpRequest(request: {
    method: string;
    route: string;
    statusCode: number;
    durationSeconds: number;
  }): void;
  /** A request of nobody who is known. */
  authenticationFailed(labels: { reason: AuthenticationFailure }): void;
  /** A request was answered with 503 for too much of something; `gateway` is empty unless one gateway is full. */
  overloadRefused(refusal: { reason: string; gateway: string }): void;
  /** A call to a gateway begins; `gatewayRequest` tells of its end. */
  gatewayCallBegun(call: { gateway: string }): void;
  /** One call to a gateway; `outcome` is the name of what it came to, such as `succeeded` or `unknown`. */
  gatewayRequest(call: {
    gateway: string;
    operation: string;
    outcome: string;
    durationSeconds: number;
  }): void;
  /** A gateway is left alone from now on, is tried again, or takes new payments again. */
  gatewayBreakerChanged(change: { gateway: string; state: string }): void;
  /** One statement, by the name that it has in the code. */
  databaseQuery(query: { query: string; durationSeconds: number }): void;
}

const HTTP_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const GATEWAY_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10, 20, 30, 60];
const DATABASE_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
const STATUS_CLASSES = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Registers the metrics of calls: HTTP requests, gateways, database. */
export function createCallMetrics(registry: Registry): CallMetrics {
  const registers = [registry];
  const http = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer, by route pattern.',
    labelNames: ['method', 'route', 'status_class'],
    buckets: HTTP_SECONDS,
    registers,
  });
  const authentication = new Counter({
    name: 'http_authentication_failures_total',
    help: 'Requests refused for want of a valid API key or token, by reason: missing, malformed, unknown, revoked, expired, wrong_mode, locked_out.',
    labelNames: ['reason'],
    registers,
  });
  const refusals = new Counter({
    name: 'http_overload_refusals_total',
    help: 'Requests answered with 503 before anything was begun, by what there was too much of: gateway_calls, event_loop, database, webhooks.',
    labelNames: ['reason', 'gateway'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'gateway_calls_in_flight',
    help: 'Calls to the gateway that have no answer yet.',
    labelNames: ['gateway'],
    registers,
  });
  const breaker = new Counter({
    name: 'gateway_breaker_changes_total',
    help: 'Changes of the circuit breaker of a gateway, by the state that it came to: open, half_open, closed.',
    labelNames: ['gateway', 'state'],
    registers,
  });
  const gateway = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Time of one call to a gateway, by operation and outcome.',
    labelNames: ['gateway', 'operation', 'outcome'],
    buckets: GATEWAY_SECONDS,
    registers,
  });
  const database = new Histogram({
    name: 'db_query_duration_seconds',
    help: 'Time of one database statement, the wait for a connection included.',
    labelNames: ['query'],
    buckets: DATABASE_SECONDS,
    registers,
  });

  return {
    gatewayBreakerChanged: (labels) => breaker.inc(labels),
    httpRequest: ({ method, route, statusCode, durationSeconds }) =>
      http.observe(
        { method, route, status_class: STATUS_CLASSES[Math.floor(statusCode / 100)] ?? 'other' },
        durationSeconds,
      ),
    authenticationFailed: (labels) => authentication.inc(labels),
    overloadRefused: (labels) => refusals.inc(labels),
    gatewayCallBegun: (labels) => inFlight.inc(labels),
    gatewayRequest: ({ durationSeconds, ...labels }) => {
      inFlight.dec({ gateway: labels.gateway });
      gateway.observe(labels, durationSeconds);
    },
    databaseQuery: ({ query, durationSeconds }) => database.observe({ query }, durationSeconds),
  };
}
