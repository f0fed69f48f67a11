import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { replayGivenUp, replayWebhook } from '../../../admin/replay-webhooks.ts';
import type { Database } from '../../../database/database.ts';
import {
  findReceipt,
  listReceipts,
  type Receipt,
} from '../../../database/webhook-administration.ts';
import { ANY_OPERATOR, OPERATIONS } from '../../../domain/access.ts';
import { maskText } from '../../../observability/redact.ts';
import type { ReadyQueue } from '../../../webhooks/inbound/queue.ts';
import { sendJson } from '../../answers.ts';
import { decodeNumber, page } from '../../cursor.ts';
import { optionalTime } from '../../optional-time.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { problem } from '../../problem.ts';
import {
  replayAnswer,
  replayBody,
  webhookAnswer,
  webhookDetailAnswer,
  webhookListQuery,
  webhookPath,
} from '../../schemas/admin/webhook.ts';
import { pageOf } from '../../schemas/fields.ts';

const READ = { access: { roles: ANY_OPERATOR } };
const REPLAY = { access: { roles: OPERATIONS } };

/** The webhooks that came in, and having them worked off once more. */
export function adminWebhookRoutes({
  db,
  queue,
}: {
  db: Database;
  queue: Pick<ReadyQueue, 'signal'>;
}): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/admin/webhooks',
      {
        config: READ,
        schema: {
          operationId: 'listWebhooks',
          summary: 'List the webhooks that came in, the newest first',
          tags: ['administration'],
          querystring: webhookListQuery,
          response: { 200: pageOf(webhookAnswer) },
        },
      },
      async ({ query }, reply) => {
        const filter = {
          ...filterOf(query),
          state: query.state,
          eventId: query.event_id,
          paymentId: query.payment_id,
        };
        const before = decodeNumber(query.cursor);
        const receipts = await listReceipts(db, filter, { before, limit: query.limit + 1 });
        const placeOf = ({ id }: Receipt) => ({ id: id.toString() });
        return sendJson(reply, page(receipts, query.limit, presentWebhook, placeOf));
      },
    );

    app.get(
      '/api/v1/admin/webhooks/:id',
      {
        config: READ,
        schema: {
          operationId: 'getWebhook',
          summary: 'Read a webhook, with what the gateway sent and what went wrong',
          tags: ['administration'],
          params: webhookPath,
          response: { 200: webhookDetailAnswer },
        },
      },
      async ({ params: { id } }, reply) => {
        const receipt = await findReceipt(db, id);
        if (!receipt) return sendProblem(reply, problem('webhook_not_found'));
        return sendJson(reply, {
          ...presentWebhook(receipt),
          failures: receipt.failures,
          payload: receipt.body && readPayload(receipt.body),
          payload_dropped: receipt.body === null,
        });
      },
    );

    app.post(
      '/api/v1/admin/webhooks/:id/replay',
      {
        config: REPLAY,
        schema: {
          operationId: 'replayWebhook',
          summary: 'Have a webhook worked off once more; what it did before it does not do twice',
          tags: ['administration'],
          params: webhookPath,
          response: { 202: webhookAnswer },
        },
      },
      async (req, reply) => {
        const { id } = req.params;
        const replayed = await replayWebhook(db, id, auditContextOf(req));
        if (replayed.kind !== 'replayed')
          return sendProblem(reply, problem(WHY_NOT[replayed.kind]));
        await queue.signal([id]);
        const receipt = await findReceipt(db, id);
        if (!receipt) return sendProblem(reply, problem('webhook_not_found'));
        return sendJson(reply.code(202), presentWebhook(receipt));
      },
    );

    app.post(
      '/api/v1/admin/webhooks/replay',
      {
        config: REPLAY,
        schema: {
          operationId: 'replayWebhooks',
          summary: 'Have webhooks that were given up worked off once more, the oldest first',
          tags: ['administration'],
          body: replayBody,
          response: { 202: replayAnswer },
        },
      },
      async (req, reply) => {
        const { state, limit } = req.body;
        const filter = { ...filterOf(req.body), state };
        const ids = await replayGivenUp(db, filter, limit, auditContextOf(req));
        if (ids.length > 0) await queue.signal(ids);
        return sendJson(reply.code(202), {
          object: 'webhook_replay',
          replayed: ids.length,
          webhooks: ids.map(Number),
          has_more: ids.length === limit,
        });
      },
    );
  };
}

const WHY_NOT = {
  unknown: 'webhook_not_found',
  under_way: 'webhook_under_way',
  body_gone: 'webhook_payload_dropped',
} as const;

interface Query {
  gateway?: string | undefined;
  event_type?: string | undefined;
  received_from?: string | undefined;
  received_before?: string | undefined;
}

function filterOf({ gateway, event_type: eventType, received_from, received_before }: Query) {
  return {
    gateway,
    eventType,
    receivedFrom: optionalTime(received_from),
    receivedBefore: optionalTime(received_before),
  };
}

function presentWebhook(receipt: Receipt) {
  return {
    id: Number(receipt.id),
    object: 'webhook' as const,
    gateway: receipt.gateway,
    event_id: receipt.eventId,
    event_type: receipt.eventType,
    state: receipt.state,
    payment_id: receipt.paymentId,
    received_at: receipt.receivedAt.toISOString(),
    finished_at: receipt.finishedAt?.toISOString() ?? null,
    due_at: receipt.dueAt?.toISOString() ?? null,
    tries: receipt.tries,
    last_error: receipt.lastError,
    request_id: receipt.requestId,
  };
}

/** What was stored is JSON. No gateway sends card numbers; should one ever do, they are not shown. */
function readPayload(body: Uint8Array): unknown {
  return JSON.parse(maskText(Buffer.from(body).toString('utf8')));
}
