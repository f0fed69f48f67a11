import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createApiKey, revokeApiKey, rotateApiKey } from '../../../admin/api-keys.ts';
import { presentApiKey } from '../../../admin/present.ts';
import { findApiKey, listApiKeys } from '../../../database/api-keys.ts';
import type { Database } from '../../../database/database.ts';
import { ADMINISTRATION } from '../../../domain/access.ts';
import { sendJson } from '../../answers.ts';
import { decodeCursor, page, timePlace } from '../../cursor.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { problem } from '../../problem.ts';
import {
  apiKeyAnswer,
  credentialListQuery,
  newApiKeyAnswer,
  newApiKeyBody,
  rotateApiKeyBody,
} from '../../schemas/admin/credentials.ts';
import { pageOf } from '../../schemas/fields.ts';

const config = { access: { roles: ADMINISTRATION } };
const idPath = z.object({ id: z.string().min(1).max(100) });

/**
 * What the merchant's programs are let in with.
 *
 * @param deps.mode of the keys that are made: the one that works in this deployment
 */
export function adminApiKeyRoutes({
  db,
  mode,
}: {
  db: Database;
  mode: 'test' | 'live';
}): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/api/v1/admin/api-keys',
      {
        config,
        schema: {
          operationId: 'createApiKey',
          summary: 'Make an API key, which is shown this once',
          tags: ['administration'],
          body: newApiKeyBody,
          response: { 201: newApiKeyAnswer },
        },
      },
      async (req, reply) => {
        const { name, scopes, expires_in_seconds: seconds } = req.body;
        const expiresInMs = seconds === undefined ? null : seconds * 1_000;
        const wishes = { name, mode, scopes, expiresInMs };
        const { key, apiKey } = await createApiKey(db, wishes, auditContextOf(req));
        return sendJson(reply.code(201), { ...presentApiKey(apiKey), key });
      },
    );

    app.get(
      '/api/v1/admin/api-keys',
      {
        config,
        schema: {
          operationId: 'listApiKeys',
          summary: 'List API keys, the newest first',
          tags: ['administration'],
          querystring: credentialListQuery,
          response: { 200: pageOf(apiKeyAnswer) },
        },
      },
      async ({ query: { limit, cursor } }, reply) => {
        const after = decodeCursor(cursor, timePlace);
        const keys = await listApiKeys(db, { after, limit: limit + 1 });
        return sendJson(
          reply,
          page(keys, limit, presentApiKey, ({ createdAt, id }) => ({ createdAt, id })),
        );
      },
    );

    app.get(
      '/api/v1/admin/api-keys/:id',
      {
        config,
        schema: {
          operationId: 'getApiKey',
          summary: 'Read an API key, without the key itself',
          tags: ['administration'],
          params: idPath,
          response: { 200: apiKeyAnswer },
        },
      },
      async (req, reply) => {
        const apiKey = await findApiKey(db, req.params.id);
        if (!apiKey) return sendProblem(reply, problem('api_key_not_found'));
        return sendJson(reply, presentApiKey(apiKey));
      },
    );

    app.post(
      '/api/v1/admin/api-keys/:id/revoke',
      {
        config,
        schema: {
          operationId: 'revokeApiKey',
          summary: 'End an API key within a second; one that was ended before stays so',
          tags: ['administration'],
          params: idPath,
          response: { 200: apiKeyAnswer },
        },
      },
      async (req, reply) => {
        const revoked = await revokeApiKey(db, req.params.id, auditContextOf(req));
        if (revoked.kind === 'unknown') return sendProblem(reply, problem('api_key_not_found'));
        return sendJson(reply, presentApiKey(revoked.apiKey));
      },
    );

    app.post(
      '/api/v1/admin/api-keys/:id/rotate',
      {
        config,
        schema: {
          operationId: 'rotateApiKey',
          summary: 'Make a key that takes the place of another, which works on for a while',
          tags: ['administration'],
          params: idPath,
          body: rotateApiKeyBody,
          response: { 201: newApiKeyAnswer },
        },
      },
      async (req, reply) => {
        const { overlap_seconds: overlap, expires_in_seconds: life } = req.body;
        const times = {
          overlapMs: overlap * 1_000,
          expiresInMs: life === undefined ? undefined : life * 1_000,
        };
        const rotated = await rotateApiKey(db, req.params.id, times, auditContextOf(req));
        switch (rotated.kind) {
          case 'rotated':
            return sendJson(reply.code(201), {
              ...presentApiKey(rotated.apiKey),
              key: rotated.key,
            });
          case 'not_active':
            return sendProblem(reply, problem('api_key_not_active'));
          case 'unknown':
            return sendProblem(reply, problem('api_key_not_found'));
        }
      },
    );
  };
}
