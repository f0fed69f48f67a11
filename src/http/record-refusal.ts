import type { FastifyRequest } from 'fastify';
import { insertAuditEntry } from '../database/audit.ts';
import type { Database } from '../database/database.ts';
import { auditContextOf } from './plugins/audit-context.ts';

/**
 * Has the audit log tell of an operator who wanted what their role does not allow.
 *
 * @param reason what the operator is told
 */
export async function recordRefusal(
  db: Database,
  request: FastifyRequest,
  reason: string,
): Promise<void> {
  const [path = ''] = request.url.split('?', 1);
  await db.run('audit_refusal', (sql) =>
    insertAuditEntry(sql, {
      ...auditContextOf(request),
      action: 'access.refuse',
      subject: { kind: 'route', id: `${request.method} ${path}` },
      before: null,
      after: null,
      result: 'refused',
      reason,
    }),
  );
}
