import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  addToken,
  endToken,
  rotateTokens,
  type NewToken,
  type Unchanged,
} from '../../../admin/operators.ts';
import { presentToken } from '../../../admin/present.ts';
import type { Database } from '../../../database/database.ts';
import { ADMINISTRATION } from '../../../domain/access.ts';
import { sendJson } from '../../answers.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { problem } from '../../problem.ts';
import {
  newOperatorTokenAnswer,
  newTokenBody,
  operatorTokenAnswer,
  rotateTokensBody,
} from '../../schemas/admin/credentials.ts';

const config = { access: { roles: ADMINISTRATION } };
const idPath = z.object({ id: z.string().min(1).max(100) });
const tokenPath = idPath.extend({ tokenId: z.string().min(1).max(100) });

/** What operators are let in with. */
export function adminOperatorTokenRoutes({ db }: { db: Database }): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/api/v1/admin/operators/:id/tokens',
      {
        config,
        schema: {
          operationId: 'addOperatorToken',
          summary: 'Make one more token for an operator, which is shown this once',
          tags: ['administration'],
          params: idPath,
          body: newTokenBody,
          response: { 201: newOperatorTokenAnswer },
        },
      },
      async (req, reply) => {
        const life = lifeOf(req.body);
        return sendNew(reply, await addToken(db, req.params.id, life, auditContextOf(req)));
      },
    );

    app.post(
      '/api/v1/admin/operators/:id/tokens/rotate',
      {
        config,
        schema: {
          operationId: 'rotateOperatorTokens',
          summary: 'Make a token that takes the place of all others, which work on for a while',
          tags: ['administration'],
          params: idPath,
          body: rotateTokensBody,
          response: { 201: newOperatorTokenAnswer },
        },
      },
      async (req, reply) => {
        const times = { overlapMs: req.body.overlap_seconds * 1_000, ...lifeOf(req.body) };
        return sendNew(reply, await rotateTokens(db, req.params.id, times, auditContextOf(req)));
      },
    );

    app.post(
      '/api/v1/admin/operators/:id/tokens/:tokenId/revoke',
      {
        config,
        schema: {
          operationId: 'revokeOperatorToken',
          summary: 'End one token within a second; one that was ended before stays so',
          tags: ['administration'],
          params: tokenPath,
          response: { 200: operatorTokenAnswer },
        },
      },
      async (req, reply) => {
        const { id, tokenId } = req.params;
        const ended = await endToken(db, id, tokenId, auditContextOf(req));
        if (ended.kind === 'unknown')
          return sendProblem(reply, problem('operator_token_not_found'));
        return sendJson(reply, presentToken(ended.token));
      },
    );
  };
}

function lifeOf({ expires_in_seconds: seconds }: { expires_in_seconds?: number | undefined }) {
  return seconds === undefined ? {} : { expiresInMs: seconds * 1_000 };
}

function sendNew(reply: FastifyReply, made: ({ kind: string } & NewToken) | Unchanged) {
  if ('token' in made) {
    return sendJson(reply.code(201), { ...presentToken(made.token), token: made.secret });
  }
  return sendProblem(
    reply,
    problem(made.kind === 'disabled' ? 'operator_disabled' : 'operator_not_found'),
  );
}
