import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from '../../database/database.ts';
import { findDispute, listDisputes } from '../../database/disputes.ts';
import { presentDispute } from '../../disputes/present.ts';
import { ANY_OPERATOR } from '../../domain/access.ts';
import { sendJson } from '../answers.ts';
import { decodeCursor, page, timePlace } from '../cursor.ts';
import { sendProblem } from '../plugins/problems.ts';
import { problem } from '../problem.ts';
import { disputeAnswer, disputeListQuery } from '../schemas/dispute.ts';
import { pageOf } from '../schemas/fields.ts';

/** Reads are for keys with the scope and for every operator. */
const READ = { scope: 'payments:read', roles: ANY_OPERATOR } as const;

/** What customers object to. Disputes are made at the gateways and answered there. */
export function disputeRoutes({ db }: { db: Database }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/disputes',
      {
        config: { access: READ },
        schema: {
          operationId: 'listDisputes',
          summary: 'List disputes, the newest first',
          tags: ['disputes'],
          querystring: disputeListQuery,
          response: { 200: pageOf(disputeAnswer) },
        },
      },
      async ({ query }, reply) => {
        const filter = {
          status: query.status,
          gateway: query.gateway,
          paymentId: query.payment_id,
          after: decodeCursor(query.cursor, timePlace),
        };
        const disputes = await listDisputes(db, filter, query.limit + 1);
        return sendJson(
          reply,
          page(disputes, query.limit, presentDispute, ({ createdAt, id }) => ({ createdAt, id })),
        );
      },
    );

    app.get(
      '/api/v1/disputes/:id',
      {
        config: { access: READ },
        schema: {
          operationId: 'getDispute',
          summary: 'Read a dispute',
          tags: ['disputes'],
          params: z.object({ id: z.string().min(1).max(100) }),
          response: { 200: disputeAnswer },
        },
      },
      async (req, reply) => {
        const dispute = await findDispute(db, req.params.id);
        if (!dispute) return sendProblem(reply, problem('dispute_not_found'));
        return sendJson(reply, presentDispute(dispute));
      },
    );
  };
}
