import { z } from 'zod';
import { parseConnectionUrl, SSL_MODES } from './connection-url.ts';
import { Secret } from './secret.ts';
import { described } from './value-types.ts';

const ENCODING_HINT = 'characters such as # / ? @ % in the password must be percent-encoded';

/** The URL of a PostgreSQL database, which is a secret since it carries the password. */
export function postgresUrl() {
  return described('a PostgreSQL URL, postgresql://user:password@host:5432/database', (error) =>
    z
      .string()
      .refine((text) => isPostgresUrl(parseConnectionUrl(text)), {
        error: `${error} (${ENCODING_HINT})`,
        abort: true,
      })
      .refine(hasKnownSslModes, { error: `has an sslmode that is none of ${SSL_MODES.join(', ')}` })
      .transform((text) => new Secret(text)),
  );
}

/** The URL of a Redis, with TLS (`rediss:`) or without, which is a secret since it carries the password. */
export function redisUrl() {
  return described('a Redis URL, rediss://:password@host:6379/0', (error) =>
    z
      .string()
      .refine((text) => isRedisUrl(parseConnectionUrl(text)), `${error} (${ENCODING_HINT})`)
      .transform((text) => new Secret(text)),
  );
}

/** The address of a gateway's API: scheme, host and port alone, so that nothing can hide in it. */
export function apiUrl() {
  return described('an http or https URL without path, such as https://api.example.com', (error) =>
    z
      .string()
      .refine((text) => isBareHttpUrl(text), error)
      .transform((text) => new URL(text).origin),
  );
}

/** An address that is compared to the letter, so it is kept as it was written. */
export function exactUrl() {
  return described('a whole http or https URL, such as https://pay.example.com/hook', (error) =>
    z.string().refine((text) => URL.canParse(text) && /^https?:\/\/\S+$/.test(text), error),
  );
}

function isPostgresUrl(url: URL | null): boolean {
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) return false;
  return url.hostname !== '' || url.searchParams.has('host');
}

function hasKnownSslModes(text: string): boolean {
  const modes = parseConnectionUrl(text)?.searchParams.getAll('sslmode') ?? [];
  return modes.every((mode) => SSL_MODES.some((known) => known === mode));
}

function isRedisUrl(url: URL | null): boolean {
  if (url === null || !/^rediss?:$/.test(url.protocol)) return false;
  return url.hostname !== '' && /^\/?\d*$/.test(url.pathname);
}

function isBareHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}
