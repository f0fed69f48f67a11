import { z } from 'zod';
import { ROLES, SCOPES } from '../../../domain/access.ts';
import { cursorParameter, limitParameter, optionalBody, timestamp } from '../fields.ts';

/** The longest that a credential may live, or the one that it replaces work on. */
const YEAR_SECONDS = 366 * 86_400;
const MONTH_SECONDS = 31 * 86_400;

const nameField = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]+$/u, 'Send a name without control characters.');

const expiresIn = z.int().min(60).max(YEAR_SECONDS).optional();
const overlap = z
  .int()
  .min(0)
  .max(MONTH_SECONDS)
  .default(86_400)
  .describe('For how many seconds what is replaced works on; 0 ends it now.');

export const credentialListQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
});

export const newApiKeyBody = z.strictObject({
  name: nameField.describe('What the key is for.'),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .max(SCOPES.length)
    .default([...SCOPES])
    .describe('What the key may be used for; everything without it.'),
  expires_in_seconds: expiresIn.describe('Without it the key works until it is revoked.'),
});

export const rotateApiKeyBody = optionalBody(
  z.strictObject({
    overlap_seconds: overlap,
    expires_in_seconds: expiresIn.describe(
      'Without it the new key lives as long as the old one was to live.',
    ),
  }),
);

export const apiKeyAnswer = z.object({
  id: z.string(),
  object: z.literal('api_key'),
  name: z.string(),
  mode: z.enum(['test', 'live']),
  scopes: z.array(z.enum(SCOPES)),
  hint: z.string().describe('How the key begins.'),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  revoked_at: timestamp.nullable(),
  last_used_at: timestamp.nullable().describe('At most a minute behind.'),
  rotated_from: z.string().nullable().describe('The key that this one replaces.'),
});

export const newApiKeyAnswer = apiKeyAnswer.extend({
  key: z.string().describe('The key itself. It is shown this once and kept nowhere.'),
});

export const newOperatorBody = z.strictObject({
  name: nameField.describe('Who it is; no two who are let in have the same.'),
  role: z.enum(ROLES),
  expires_in_seconds: expiresIn.describe('How long the first token works: 90 days without it.'),
});

export const operatorPatchBody = z.strictObject({ role: z.enum(ROLES) });

export const newTokenBody = optionalBody(
  z.strictObject({ expires_in_seconds: expiresIn.describe('90 days without it.') }),
);

export const rotateTokensBody = optionalBody(
  z.strictObject({
    overlap_seconds: overlap,
    expires_in_seconds: expiresIn.describe('90 days without it.'),
  }),
);

export const operatorTokenAnswer = z.object({
  id: z.string(),
  object: z.literal('operator_token'),
  operator_id: z.string(),
  hint: z.string().describe('How the token begins.'),
  created_at: timestamp,
  expires_at: timestamp,
  revoked_at: timestamp.nullable(),
  last_used_at: timestamp.nullable().describe('At most a minute behind.'),
});

export const newOperatorTokenAnswer = operatorTokenAnswer.extend({
  token: z.string().describe('The token itself. It is shown this once and kept nowhere.'),
});

export const operatorAnswer = z.object({
  id: z.string(),
  object: z.literal('operator'),
  name: z.string(),
  role: z.enum(ROLES),
  created_at: timestamp,
  disabled_at: timestamp.nullable(),
  tokens: z.array(operatorTokenAnswer),
});

export const newOperatorAnswer = operatorAnswer.extend({
  token: z.string().describe('The first token. It is shown this once and kept nowhere.'),
});
