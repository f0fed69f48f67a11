import { z } from 'zod';
import { isCurrency } from '../domain/currency.ts';
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

/** A credential whose form its gateway does not publish. */
export function secretText() {
  return described('a text without spaces', (error) =>
    z
      .string()
      .regex(/^\S+$/, error)
      .transform((text) => new Secret(text)),
  );
}

/** Several such credentials: while one replaces the other. */
export function secretTexts() {
  return described('one or more texts without spaces, separated by commas', (error) =>
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(z.array(z.string().regex(/^\S+$/, error)))
      .transform((parts) => parts.map((part) => new Secret(part))),
  );
}

/** An id that a gateway gave out and everybody may see. */
export function publicId() {
  return described('an id of letters, digits, - and _', (error) =>
    z.string().regex(/^[\w-]{1,191}$/, error),
  );
}

/** Several such ids: while one replaces the other. */
export function publicIds() {
  return described('one or more ids of letters, digits, - and _, separated by commas', (error) =>
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(z.array(z.string().regex(/^[\w-]{1,191}$/, error))),
  );
}

/** The code of a currency. */
export function currencyCode() {
  return described('an ISO 4217 currency code in capitals', (error) =>
    z.string().refine(isCurrency, error),
  );
}

/** One or more certificates, one after the other. */
export function pemCertificates() {
  return described('one or more certificates in PEM form', (error) =>
    z
      .string()
      .regex(PEM_CERTIFICATE, error)
      .transform((text) =>
        [...text.matchAll(PEM_CERTIFICATES)].map(([certificate]) => certificate),
      ),
  );
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/;
const PEM_CERTIFICATES = new RegExp(PEM_CERTIFICATE, 'g');
