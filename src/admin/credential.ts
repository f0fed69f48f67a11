import { hash, randomBytes } from 'node:crypto';

/** A new secret by which somebody is known: shown once, and kept by its hash. */
export interface NewCredential {
  secret: string;
  hash: Buffer;
  /** Its first characters, for people who hold several. */
  hint: string;
}

/** How many characters beyond the prefix a hint has: far too few to guess the rest. */
const HINT_LENGTH = 4;

/** Makes a secret of 256 random bits. */
export function newCredential(prefix: 'tk_test_' | 'tk_live_' | 'tok_'): NewCredential {
  const secret = `${prefix}${randomBytes(32).toString('base64url')}`;
  return {
    secret,
    hash: hashCredential(secret),
    hint: secret.slice(0, prefix.length + HINT_LENGTH),
  };
}

/** The hash under which a credential is found again. */
export function hashCredential(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
