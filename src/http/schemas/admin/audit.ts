import { z } from 'zod';
import { cursorParameter, limitParameter, timeParameter, timestamp } from '../fields.ts';

const word = z.string().min(1).max(200).optional();

const filter = {
  actor_id: word.describe('Who did it, such as op_... or key_...'),
  action: word.describe('Such as gateway.disable.'),
  subject_kind: word,
  subject_id: word.describe('What it was done to.'),
  result: z.enum(['done', 'refused', 'failed']).optional(),
  from: timeParameter.describe('From this time on.'),
  to: timeParameter.describe('Before this time.'),
};

export const auditQuery = z.strictObject({
  ...filter,
  limit: limitParameter,
  cursor: cursorParameter,
});

export const auditExportQuery = z.strictObject(filter);

export const auditEntryAnswer = z.object({
  id: z.int().describe('Counts the entries from 1, without gaps.'),
  object: z.literal('audit_entry'),
  recorded_at: timestamp,
  actor: z.object({
    kind: z.enum(['operator', 'api_key', 'system']),
    id: z.string(),
    name: z.string(),
    role: z.string().nullable(),
  }),
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }).nullable(),
  before: z.unknown().describe('What was there before, where something was changed.'),
  after: z.unknown(),
  result: z.enum(['done', 'refused', 'failed']),
  reason: z.string().nullable(),
  address: z.string().nullable(),
  request_id: z.string().nullable(),
  sealed: z.boolean().describe('Whether tender verify audit would find a change of it.'),
});
