import { z } from 'zod';
import { Secret } from './secret.ts';
import { described } from './value-types.ts';

/** A secret or restricted key of a Stripe account. */
export function stripeSecretKey() {
  return described('a Stripe secret key, sk_live_... or rk_live_... (or _test_)', (error) =>
    z
      .string()
      .regex(/^[sr]k_(?:live|test)_\w+$/, error)
      .transform((text) => new Secret(text)),
  );
}

/** The key that a browser uses to tokenise a card at Stripe; it is public. */
export function stripePublishableKey() {
  return described('a Stripe publishable key, pk_live_... (or pk_test_...)', (error) =>
    z.string().regex(/^pk_(?:live|test)_\w+$/, error),
  );
}

/** The signing secrets of webhook endpoints: several while one replaces the other. */
export function stripeWebhookSecrets() {
  return described('one or more signing secrets whsec_..., separated by commas', (error) =>
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(z.array(z.string().regex(/^whsec_[\w+/=-]+$/, error)))
      .transform((parts) => parts.map((part) => new Secret(part))),
  );
}

/** A token that callers send as `Authorization: Bearer`, so it is made of the characters that RFC 6750 allows there. */
export function bearerToken() {
  return described('a token of letters, digits and - . _ ~ + / =', (error) =>
    z
      .string()
      .regex(/^[\w.~+/-]+=*$/, error)
      .transform((text) => new Secret(text)),
  );
}
