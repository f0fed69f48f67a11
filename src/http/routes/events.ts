import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Database } from '../../database/database.ts';
import { listEvents, type StoredEvent } from '../../database/events.ts';
import { ANY_OPERATOR } from '../../domain/access.ts';
import { sendJson } from '../answers.ts';
import { decodeCursor, encodeCursor, eventPlace, page } from '../cursor.ts';
import { eventAnswer, eventListQuery } from '../schemas/event.ts';
import { pageOf } from '../schemas/fields.ts';

/** Reads are for keys with the scope and for every operator. */
const READ = { scope: 'payments:read', roles: ANY_OPERATOR } as const;

/** What happened, in an order that never changes. */
export function eventRoutes({ db }: { db: Database }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/events',
      {
        config: { access: READ },
        schema: {
          operationId: 'listEvents',
          summary: 'List events, the oldest first: go on from the last cursor and miss none',
          tags: ['events'],
          querystring: eventListQuery,
          response: { 200: pageOf(eventAnswer) },
        },
      },
      async ({ query }, reply) => {
        const events = await listEvents(db, {
          after: decodeCursor(query.cursor, eventPlace),
          paymentId: query.payment_id,
          type: query.type,
          limit: query.limit + 1,
        });
        const listed = page(events, query.limit, presentEvent, (event) => event.place);
        // The end of this list is where the next events will be, so a reader is told where to go on.
        const last = events.slice(0, query.limit).at(-1);
        const next = last ? encodeCursor(last.place) : (query.cursor ?? null);
        return sendJson(reply, { ...listed, next_cursor: next });
      },
    );
  };
}

function presentEvent(event: StoredEvent) {
  return {
    id: event.id,
    object: 'event' as const,
    type: event.type,
    payment_id: event.paymentId,
    sequence: event.paymentSequence,
    data: event.object,
    created_at: event.createdAt.toISOString(),
  };
}
