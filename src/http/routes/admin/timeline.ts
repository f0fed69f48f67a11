import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from '../../../database/database.ts';
import { findPayment } from '../../../database/payments.ts';
import { readTimeline } from '../../../database/timeline.ts';
import { ANY_OPERATOR } from '../../../domain/access.ts';
import { sendJson } from '../../answers.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { problem } from '../../problem.ts';
import { timestamp } from '../../schemas/fields.ts';

/** Far more than ever happens to a payment. */
const MAX_ITEMS = 2_000;

const timelineAnswer = z.object({
  object: z.literal('list'),
  payment_id: z.string(),
  data: z.array(
    z.object({
      at: timestamp,
      kind: z
        .enum([
          'attempt_started',
          'attempt_concluded',
          'refund',
          'webhook',
          'event',
          'decision',
          'operator',
        ])
        .describe(
          'decision: an outcome that no gateway told. operator: what somebody did through the admin API.',
        ),
      id: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  truncated: z.boolean(),
});

/** What happened to a payment, from whichever side. */
export function adminTimelineRoutes({ db }: { db: Database }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/admin/payments/:id/timeline',
      {
        config: { access: { roles: ANY_OPERATOR } },
        schema: {
          operationId: 'getPaymentTimeline',
          summary: 'See everything that happened to a payment, the oldest first',
          tags: ['administration'],
          params: z.object({ id: z.string().min(1).max(100) }),
          response: { 200: timelineAnswer },
        },
      },
      async ({ params: { id } }, reply) => {
        if (!(await findPayment(db, id))) return sendProblem(reply, problem('payment_not_found'));
        const rows = await readTimeline(db, id, MAX_ITEMS + 1);
        const data = rows.slice(0, MAX_ITEMS).map((row) => ({ ...row, at: row.at.toISOString() }));
        const truncated = rows.length > MAX_ITEMS;
        return sendJson(reply, { object: 'list', payment_id: id, data, truncated });
      },
    );
  };
}
