import type { IncomingHttpHeaders } from 'node:http';
import type { SandboxClock } from '../clock.ts';
import type { IdSource } from '../ids.ts';
import type { SandboxRequest } from '../server.ts';
import { refuse, refuseAs, succeed } from './errors.ts';
import type { Result } from './errors.ts';

export type Credentials = { clientId: string; clientSecret: string };

/** The tokens with which the API is called. */
export type AccessTokens = {
  /** Answers `POST /v1/oauth2/token`. Its errors have the shape of OAuth, not of PayPal. */
  grant: (request: SandboxRequest) => { status: number; body: object };
  /** Whether a request carries a token that holds. */
  check: (headers: IncomingHttpHeaders) => Result<null>;
  revokeAll: () => void;
};

/** PayPal's tokens hold for nine hours. */
const LIFETIME_SECONDS = 9 * 3_600;
const MAX_TOKENS = 1_000;

/**
 * Builds an empty set of tokens, which lapse by `clock`.
 * Source: https://developer.paypal.com/api/rest/authentication/
 */
export function createAccessTokens(
  credentials: Credentials,
  clock: SandboxClock,
  newId: IdSource,
): AccessTokens {
  const expiries = new Map<string, number>();
  const expected = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`);

  const issue = (): { status: number; body: object } => {
    // A map iterates in the order of insertion, so the oldest token comes first.
    const [oldest] = expiries.keys();
    if (expiries.size >= MAX_TOKENS && oldest !== undefined) expiries.delete(oldest);
    const token = newId('A21AA', 60);
    const now = clock.nowSeconds();
    expiries.set(token, now + LIFETIME_SECONDS);
    return {
      status: 200,
      body: {
        scope: 'https://uri.paypal.com/services/payments/payment https://api.paypal.com/v1/vault',
        access_token: token,
        token_type: 'Bearer',
        app_id: 'APP-80W284485P519543T',
        expires_in: LIFETIME_SECONDS,
        nonce: `${new Date(now * 1000).toISOString()}${newId('', 40)}`,
      },
    };
  };

  return {
    grant({ headers, body }) {
      const [scheme = '', encoded = ''] = (headers.authorization ?? '').split(' ', 2);
      const given = Buffer.from(encoded, 'base64');
      if (scheme.toLowerCase() !== 'basic' || !given.equals(expected)) {
        return oauthError(401, 'invalid_client', 'Client Authentication failed');
      }
      const grantType = new URLSearchParams(body).get('grant_type');
      if (grantType === null) {
        return oauthError(400, 'invalid_request', 'grant_type is missing');
      }
      return grantType === 'client_credentials'
        ? issue()
        : oauthError(400, 'unsupported_grant_type', 'Grant Type is not supported');
    },
    check(headers) {
      const [scheme = '', token = ''] = (headers.authorization ?? '').split(' ', 2);
      if (scheme.toLowerCase() !== 'bearer') return refuseAs('AUTHENTICATION_FAILURE');
      const expiresAt = expiries.get(token);
      if (expiresAt !== undefined && clock.nowSeconds() < expiresAt) return succeed(null);
      return refuse('INVALID_TOKEN');
    },
    revokeAll: () => expiries.clear(),
  };
}

function oauthError(status: number, error: string, description: string) {
  return { status, body: { error, error_description: description } };
}
