import { z } from 'zod';
import { EVENT_TYPES } from '../../domain/event.ts';
import { cursorParameter, limitParameter, timestamp } from './fields.ts';

export const eventListQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
  payment_id: z.string().min(1).max(100).optional(),
  type: z.enum(EVENT_TYPES).optional(),
});

export const eventAnswer = z.object({
  id: z.string(),
  object: z.literal('event'),
  type: z.enum(EVENT_TYPES),
  payment_id: z.string(),
  sequence: z.int().describe('Counts the events of one payment from 1, without gaps.'),
  data: z
    .record(z.string(), z.unknown())
    .describe('The payment, refund or dispute as it was then.'),
  created_at: timestamp,
});
