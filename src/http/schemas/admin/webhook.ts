import { z } from 'zod';
import { RECEIPT_STATES } from '../../../database/webhook-administration.ts';
import {
  cursorParameter,
  limitParameter,
  optionalBody,
  timeParameter,
  timestamp,
} from '../fields.ts';

const word = z.string().min(1).max(255).optional();

const filter = {
  gateway: word,
  event_type: word.describe('As the gateway calls it.'),
  received_from: timeParameter.describe('From this time on.'),
  received_before: timeParameter.describe('Before this time.'),
};

export const webhookListQuery = z.strictObject({
  ...filter,
  state: z.enum(RECEIPT_STATES).optional(),
  event_id: word.describe("The gateway's id of the event."),
  payment_id: word,
  limit: limitParameter,
  cursor: cursorParameter,
});

export const webhookPath = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, 'Send the id of a webhook: a whole number.')
    .transform(BigInt),
});

/** How many webhooks one request replays at most. */
const MAX_REPLAYS = 1_000;

export const replayBody = optionalBody(
  z.strictObject({
    ...filter,
    state: z.enum(['dead', 'orphaned']).default('dead'),
    limit: z.int().min(1).max(MAX_REPLAYS).default(MAX_REPLAYS).describe('The oldest first.'),
  }),
);

export const webhookAnswer = z.object({
  id: z.int(),
  object: z.literal('webhook'),
  gateway: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  state: z
    .enum(RECEIPT_STATES)
    .describe(
      'pending: it waits or is worked on; processed; ignored: not about anything of ours; parked: its payment is not here yet; ' +
        'orphaned: its payment never came; dead: given up after too many tries.',
    ),
  payment_id: z.string().nullable(),
  received_at: timestamp,
  finished_at: timestamp.nullable(),
  due_at: timestamp.nullable().describe('When it is worked on next.'),
  tries: z.int(),
  last_error: z.string().nullable(),
  request_id: z.string(),
});

export const webhookDetailAnswer = webhookAnswer.extend({
  failures: z.array(z.object({ at: timestamp, error: z.string() })),
  payload: z.unknown().describe('What the gateway sent; null where it was dropped after its time.'),
  payload_dropped: z.boolean(),
});

export const replayAnswer = z.object({
  object: z.literal('webhook_replay'),
  replayed: z.int(),
  webhooks: z.array(z.int()),
  has_more: z.boolean().describe('Whether there may be more: send the same request again.'),
});
