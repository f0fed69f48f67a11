import { createHash } from 'node:crypto';
import { connect, type AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, onTestFinished } from 'vitest';
import { createHealth } from '../observability/health.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { ANY_OPERATOR, SCOPES, type ApiKeyCaller } from '../domain/access.ts';
import { buildApp, type AppDependencies } from './app.ts';
import { NO_LIMITS } from './rate-limit.ts';
import { PROBLEMS, type ProblemCode } from './problem-catalogue.ts';

export const API_KEY = 'tk_test_0123456789abcdefghijklmnopqrstuv';
export const AUTHORIZED = { authorization: `Bearer ${API_KEY}` };
/** Who the key is. */
export const CALLER: ApiKeyCaller = {
  kind: 'api_key',
  id: 'key_1',
  name: 'test',
  mode: 'test',
  scopes: SCOPES,
};
/** What a route says that the key, and every operator, may use. */
export const FOR_CALLERS = { access: { scope: 'payments:read', roles: ANY_OPERATOR } } as const;

const hashOf = (key: string) => createHash('sha256').update(key).digest();

/** An application with routes of the test's own, whose log and metrics can be read. It is closed after the test. */
export function buildTestApp(
  routes: FastifyPluginAsyncZod[] = [],
  overrides: Partial<AppDependencies> = {},
) {
  const lines: string[] = [];
  const log = createLogger({
    level: 'info',
    service: 'tender-api',
    version: '0.0.0',
    destination: { write: (line) => void lines.push(line) },
  });
  const metrics = createMetrics({
    version: '0.0.0',
    thresholds: { paymentFailureRatio: 0.02, gatewayLatencySeconds: 3, webhookBacklog: 50 },
  });
  const app = buildApp({
    version: '0.0.0',
    log,
    metrics,
    health: createHealth({ checks: [], isDraining: () => false, log }),
    isInMaintenance: () => false,
    overloadedBy: () => null,
    identify: {
      apiKey: async (hash) =>
        hash.equals(hashOf(API_KEY)) ? { kind: 'active', caller: CALLER } : { kind: 'unknown' },
      operator: async () => ({ kind: 'unknown' }),
    },
    keyMode: 'test',
    bootstrapTokenHash: null,
    onOperatorRefused: async () => undefined,
    rateLimits: NO_LIMITS,
    trustedProxies: [],
    allowedOrigins: [],
    tracer: null,
    routes,
    ...overrides,
  });
  onTestFinished(() => app.close());
  const logged = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { app, metrics, lines, logged };
}

/** Listens on a free port of the loopback interface. */
export async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

/** What is done on a connection: bytes are written, a step is waited for. */
type Step = string | Uint8Array | (() => Promise<unknown>);

/** Opens a connection, takes the steps one after the other, and resolves with everything that came back on it. */
export async function exchange(port: number, ...steps: Step[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  const closed = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve());
    // A server that cuts a connection off may do so while bytes are still on their way to it.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
  for (const step of steps) {
    if (typeof step === 'function') await step();
    else socket.write(step);
  }
  await closed;
  return answer;
}

/** Expects a problem document of the catalogue, with its own status and request id, and gives it back. */
export function expectProblem(
  response: { statusCode: number; headers: Record<string, unknown>; body: string },
  code: ProblemCode,
): Record<string, unknown> {
  const document = JSON.parse(response.body) as Record<string, unknown>;
  expect(document).toMatchObject({
    code,
    type: `/docs/problems#${code}`,
    title: PROBLEMS[code].title,
    status: response.statusCode,
    request_id: response.headers['x-request-id'],
    detail: expect.stringMatching(/\w{4,}.*\.$/) as string,
  });
  expect(response.statusCode).toBe(PROBLEMS[code].status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  return document;
}
