import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Health } from '../observability/health.ts';
import type { Tracer } from '../observability/tracer.ts';
import type { OverloadReason } from '../overloaded.ts';
import { answerClientErrors } from './client-errors.ts';
import { wantAccessOfEveryRoute } from './plugins/access.ts';
import { authenticateCallers, type AuthenticationDependencies } from './plugins/authentication.ts';
import { allowOrigins } from './plugins/cors.ts';
import { serveDocs } from './plugins/docs.ts';
import { refuseRequestsWhileClosing } from './plugins/drain.ts';
import { readIdempotencyKeys } from './plugins/idempotency.ts';
import { acceptJsonOnly } from './plugins/json-body.ts';
import { restDuringMaintenance } from './plugins/maintenance.ts';
import { answerUnknownRoutes } from './plugins/not-found.ts';
import { describeRoutes } from './plugins/openapi.ts';
import { refuseWhenOverloaded, type OverloadMetrics } from './plugins/overload.ts';
import { answerError, answerErrorsWithProblems } from './plugins/problems.ts';
import { limitByAddress, limitByCaller } from './plugins/rate-limit.ts';
import { refuseCardNumbers } from './plugins/refuse-card-numbers.ts';
import { refuseOddValues } from './plugins/refuse-odd-values.ts';
import { createRequestIds, requestIdOf, returnRequestIds } from './plugins/request-id.ts';
import { recordRequests, recordWhenClosed, type RequestMetrics } from './plugins/request-record.ts';
import { SECURITY_HEADERS, setSecurityHeaders } from './plugins/security-headers.ts';
import { traceRequests } from './plugins/traces.ts';
import { validateWithZod } from './plugins/validation.ts';
import type { RateLimits } from './rate-limit.ts';
import { healthRoutes } from './routes/health.ts';

export interface AppDependencies extends Omit<AuthenticationDependencies, 'metrics'> {
  version: string;
  log: FastifyBaseLogger;
  metrics: RequestMetrics & OverloadMetrics & AuthenticationDependencies['metrics'];
  health: Health;
  isInMaintenance: () => boolean;
  /** What there is too much of to take further payments; `null` where nothing is. */
  overloadedBy: () => OverloadReason | null;
  routes: readonly FastifyPluginAsyncZod[];
  /** How many requests may come from whom. */
  rateLimits: RateLimits;
  /** Proxies whose word counts for where a request comes from: addresses and networks. */
  trustedProxies: readonly string[];
  /** Origins whose pages may call the API from a browser. */
  allowedOrigins: readonly string[];
  /** `null` where tracing is off. */
  tracer: Tracer | null;
  limits?: Partial<HttpLimits>;
}

/** How much and how long one connection may take. */
export interface HttpLimits {
  bodyBytes: number;
  headerBytes: number;
  /** From the first byte of a request to the end of its headers. */
  headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  requestTimeoutMs: number;
  /** How long an idle connection stays open: longer than the proxy in front keeps it (nginx: 60 s), or it races. */
  keepAliveTimeoutMs: number;
  /** How long nothing may happen on a connection: longer than the longest call to a gateway. */
  idleTimeoutMs: number;
  /** How often the two timeouts of a request are looked after. */
  checkIntervalMs: number;
  /** For how long requests on open connections are still served once the application closes. */
  serveWhileClosingMs: number;
}

const LIMITS: HttpLimits = {
  bodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
  idleTimeoutMs: 180_000,
  checkIntervalMs: 1_000,
  serveWhileClosingMs: 3_000,
};

/**
 * Builds the HTTP application: what surrounds every route, and the routes themselves. It does not listen yet.
 *
 * The order of the hooks is the order in which a request meets them.
 */
export function buildApp(dependencies: AppDependencies): FastifyInstance {
  const { log, metrics, health, version, isInMaintenance, routes } = dependencies;
  const nextRequestId = createRequestIds();
  const limits = { ...LIMITS, ...dependencies.limits };
  const app: FastifyInstance = fastify({
    ...serverOptions(limits),
    trustProxy: [...dependencies.trustedProxies],
    loggerInstance: log,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'http.request.id',
    }),
    genReqId: (request) => requestIdOf(request, nextRequestId),
    clientErrorHandler: answerClientErrors(log, nextRequestId),
    frameworkErrors: (error, request, reply) => {
      // Such a request meets no hook, so what they would have done is done here.
      recordWhenClosed(request, reply, metrics);
      reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
      answerError(error, request, reply);
    },
  });

  if (dependencies.tracer !== null) traceRequests(app, dependencies.tracer);
  recordRequests(app, metrics);
  setSecurityHeaders(app);
  returnRequestIds(app);
  refuseRequestsWhileClosing(app, limits.serveWhileClosingMs);
  answerUnknownRoutes(app);
  wantAccessOfEveryRoute(app);
  allowOrigins(app, dependencies.allowedOrigins);
  limitByAddress(app, dependencies.rateLimits);
  refuseWhenOverloaded(app, dependencies.overloadedBy, metrics);
  authenticateCallers(app, dependencies);
  limitByCaller(app, dependencies.rateLimits);
  restDuringMaintenance(app, isInMaintenance);
  acceptJsonOnly(app);
  refuseOddValues(app);
  refuseCardNumbers(app);
  readIdempotencyKeys(app);
  validateWithZod(app);
  answerErrorsWithProblems(app);
  // Answers are texts that were made already: schemas of answers are for the documentation only.
  app.setSerializerCompiler(() => JSON.stringify);

  describeRoutes(app, version);
  serveDocs(app);
  for (const plugin of [healthRoutes(health), ...routes]) app.register(plugin);
  return app;
}

function serverOptions(limits: HttpLimits) {
  return {
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: limits.checkIntervalMs,
    },
    // The drain plugin answers with a problem document instead.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 100 },
    // Without these Fastify loads what it brings for schemas of another kind, which is as much code as Fastify itself.
    schemaController: {
      compilersFactory: { buildValidator: noOtherSchemas, buildSerializer: noOtherSchemas },
    },
  } as const;
}

function noOtherSchemas(): never {
  throw new Error(
    'Schemas of requests are of zod, and those of answers for the documentation only',
  );
}
