import type { FastifyRequest } from 'fastify';
import type { NewAuditEntry } from '../../database/audit.ts';
import { callerOf } from './authentication.ts';

export function auditContextOf(
  request: FastifyRequest,
): Pick<NewAuditEntry, 'actor' | 'address' | 'requestId'> {
  const caller = callerOf(request);
  const { kind, id, name } = caller;
  const role = caller.kind === 'operator' ? caller.role : null;
  return { actor: { kind, id, name, role }, address: request.ip, requestId: request.id };
}
