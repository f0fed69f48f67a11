import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import {
  listAuditEntries,
  readAuditEntries,
  type AuditFilter,
  type ListedAuditEntry,
} from '../../../database/audit.ts';
import type { Database } from '../../../database/database.ts';
import { ANY_OPERATOR } from '../../../domain/access.ts';
import { sendJson } from '../../answers.ts';
import { decodeNumber, page } from '../../cursor.ts';
import { optionalTime } from '../../optional-time.ts';
import { auditEntryAnswer, auditExportQuery, auditQuery } from '../../schemas/admin/audit.ts';
import { pageOf } from '../../schemas/fields.ts';

const READ = { access: { roles: ANY_OPERATOR } };

/** Who did what. Every operator may look, so that nobody is watched by a few. */
export function adminAuditLogRoutes({ db }: { db: Database }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/admin/audit-log',
      {
        config: READ,
        schema: {
          operationId: 'listAuditEntries',
          summary: 'List what operators and programs changed or were refused, the newest first',
          tags: ['administration'],
          querystring: auditQuery,
          response: { 200: pageOf(auditEntryAnswer) },
        },
      },
      async ({ query: { limit, cursor, ...query } }, reply) => {
        const before = decodeNumber(cursor);
        const entries = await listAuditEntries(db, filterOf(query), { before, limit: limit + 1 });
        return sendJson(
          reply,
          page(entries, limit, presentAuditEntry, ({ id }) => ({ id: id.toString() })),
        );
      },
    );

    app.get(
      '/api/v1/admin/audit-log/export',
      {
        config: READ,
        schema: {
          operationId: 'exportAuditLog',
          summary: 'Read the whole audit log as JSON lines, the oldest entry first',
          tags: ['administration'],
          querystring: auditExportQuery,
          response: {
            200: {
              description: 'One entry a line, each as the list has it.',
              content: { 'application/jsonl': { schema: auditEntryAnswer } },
            },
          },
        },
      },
      async ({ query }, reply) => {
        const lines = async function* () {
          for await (const batch of readAuditEntries(db, filterOf(query))) {
            yield batch.map((entry) => `${JSON.stringify(presentAuditEntry(entry))}\n`).join('');
          }
        };
        // Its type is that of one line, as published; what is sent is a stream of them.
        const answer = reply as FastifyReply;
        return answer
          .header('content-type', 'application/jsonl; charset=utf-8')
          .header('content-disposition', 'attachment; filename="audit-log.jsonl"')
          .send(Readable.from(lines()));
      },
    );
  };
}

function filterOf(query: z.output<typeof auditExportQuery>): AuditFilter {
  return {
    actorId: query.actor_id,
    action: query.action,
    subjectKind: query.subject_kind,
    subjectId: query.subject_id,
    result: query.result,
    from: optionalTime(query.from),
    to: optionalTime(query.to),
  };
}

function presentAuditEntry(entry: ListedAuditEntry) {
  const { subjectKind, subjectId } = entry;
  return {
    id: Number(entry.id),
    object: 'audit_entry' as const,
    recorded_at: new Date(Number(entry.recordedAtMicros / 1_000n)).toISOString(),
    actor: {
      kind: entry.actorKind,
      id: entry.actorId,
      name: entry.actorName,
      role: entry.actorRole,
    },
    action: entry.action,
    subject:
      subjectKind === null || subjectId === null ? null : { kind: subjectKind, id: subjectId },
    before: entry.before === null ? null : (JSON.parse(entry.before) as unknown),
    after: entry.after === null ? null : (JSON.parse(entry.after) as unknown),
    result: entry.result,
    reason: entry.reason,
    address: entry.address,
    request_id: entry.requestId,
    sealed: entry.sealedAt !== null,
  };
}
