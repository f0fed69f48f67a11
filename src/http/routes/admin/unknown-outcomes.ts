import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listUnknownOutcomes, type UnknownOutcome } from '../../../database/unknown-outcomes.ts';
import { ANY_OPERATOR } from '../../../domain/access.ts';
import type { PaymentDependencies } from '../../../payments/dependencies.ts';
import { leftAloneMs } from '../../../payments/last-question.ts';
import { sendJson } from '../../answers.ts';
import { decodeCursor, page, timePlace } from '../../cursor.ts';
import {
  answerAmount,
  cursorParameter,
  limitParameter,
  pageOf,
  timestamp,
} from '../../schemas/fields.ts';

const unknownOutcomeAnswer = z.object({
  id: z.string(),
  object: z.literal('unknown_outcome'),
  operation: z.enum(['create', 'confirm', 'complete', 'capture', 'cancel', 'refund']),
  payment_id: z.string(),
  refund_id: z.string().nullable(),
  gateway: z.string(),
  amount: answerAmount,
  currency: z.string(),
  created_at: timestamp,
  age_seconds: z.int(),
  tries: z.int().describe('How often the gateway was asked since.'),
  next_try_at: timestamp,
  decidable_from: timestamp.describe(
    'Before this the gateway may still do what was asked, or tell; then it is asked once more, and people may decide.',
  ),
});

/** The calls of which no gateway has told whether they moved money. */
export function adminUnknownOutcomeRoutes({
  db,
  gateways,
}: Pick<PaymentDependencies, 'db' | 'gateways'>): FastifyPluginAsyncZod {
  const present = (unknown: UnknownOutcome) => ({
    id: unknown.id,
    object: 'unknown_outcome' as const,
    operation: unknown.operation,
    payment_id: unknown.paymentId,
    refund_id: unknown.refundId,
    gateway: unknown.gateway,
    amount: Number(unknown.amount),
    currency: unknown.currency,
    created_at: unknown.createdAt.toISOString(),
    age_seconds: Math.max(0, Math.floor(unknown.ageSeconds)),
    tries: unknown.tries,
    next_try_at: unknown.dueAt.toISOString(),
    decidable_from: new Date(
      unknown.createdAt.getTime() + leftAloneMs(gateways.get(unknown.gateway)),
    ).toISOString(),
  });
  return async (app) => {
    app.get(
      '/api/v1/admin/unknown-outcomes',
      {
        config: { access: { roles: ANY_OPERATOR } },
        schema: {
          operationId: 'listUnknownOutcomes',
          summary: 'List the calls whose outcome no gateway has told, the oldest first',
          tags: ['administration'],
          querystring: z.strictObject({
            limit: limitParameter,
            cursor: cursorParameter,
            gateway: z.string().min(1).max(40).optional(),
          }),
          response: { 200: pageOf(unknownOutcomeAnswer) },
        },
      },
      async ({ query: { limit, cursor, gateway } }, reply) => {
        const after = decodeCursor(cursor, timePlace);
        const found = await listUnknownOutcomes(db, { gateway, after, limit: limit + 1 });
        return sendJson(
          reply,
          page(found, limit, present, ({ createdAt, id }) => ({ createdAt, id })),
        );
      },
    );
  };
}
