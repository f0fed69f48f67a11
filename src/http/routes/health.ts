import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Health, HealthReport } from '../../observability/health.ts';

const check = z.object({
  status: z.enum(['ok', 'failed']),
  required: z.boolean().describe('Whether requests cannot be served without it.'),
  detail: z.string().optional(),
});

const report = z.object({
  status: z.enum(['ok', 'hanging', 'ready', 'not_ready', 'draining']),
  checks: z.record(z.string(), check).optional(),
});

/** What the probes of an orchestrator and a load balancer ask. Needs no key, and is logged only when it goes wrong. */
export function healthRoutes(health: Health): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/health',
      {
        config: { public: true, unlimited: true },
        logLevel: 'warn',
        schema: {
          operationId: 'getHealth',
          summary: 'Liveness',
          description: 'Whether the process is alive. Asks nobody else.',
          tags: ['health'],
          response: { 200: report, 503: report },
        },
      },
      async (_request, reply) => sendReport(reply as FastifyReply, health.live()),
    );

    app.get(
      '/ready',
      {
        config: { public: true, unlimited: true },
        logLevel: 'warn',
        schema: {
          operationId: 'getReadiness',
          summary: 'Readiness',
          description:
            'Whether requests can be served: database reachable and migrated, not about to stop.',
          tags: ['health'],
          response: { 200: report, 503: report },
        },
      },
      async (_request, reply) => sendReport(reply as FastifyReply, await health.ready()),
    );
  };
}

function sendReport(reply: FastifyReply, { status, body }: HealthReport): FastifyReply {
  return reply.code(status).type('application/json').send(JSON.stringify(body));
}
