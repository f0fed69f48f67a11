import type { IncomingHttpHeaders } from 'node:http';
import { invalidRequest, succeed } from './errors.ts';
import type { Result } from './errors.ts';

export type Keys = { secretKey: string; publishableKey: string };

/** Who calls: a server with the secret key, or a browser with the publishable one. */
export type Caller = 'server' | 'browser';

/**
 * Reads the key from `Authorization`, as Bearer or as the user of Basic.
 * Source: https://docs.stripe.com/api/authentication
 */
export function authenticate(headers: IncomingHttpHeaders, keys: Keys): Result<Caller> {
  const key = readKey(headers.authorization ?? '');
  if (key === keys.secretKey) return succeed('server');
  if (key === keys.publishableKey) return succeed('browser');
  const message =
    key === ''
      ? 'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth.'
      : `Invalid API Key provided: ${mask(key)}`;
  return invalidRequest(message, { status: 401 });
}

/** The refusal of a publishable key where only the secret one will do. */
export function refusePublishableKey() {
  return invalidRequest(
    'This API call cannot be made with a publishable API key. Please use a secret API key.',
    { code: 'secret_key_required', status: 401 },
  );
}

function readKey(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return '';
  const [user = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':', 1);
  return user;
}

function mask(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}****${key.slice(-4)}`;
}
