import { z } from 'zod';
import type { GatewayError } from '../gateway.ts';
import type { Exchange, Transport } from '../transport.ts';
import { failureOf, gatewayFault } from './errors.ts';

/** A token, or why there is none. Nothing of the call that needed it has been sent then. */
export type AccessToken = { kind: 'token'; token: string } | { kind: 'none'; error: GatewayError };

export interface AccessTokens {
  get(): Promise<AccessToken>;
  /** A new one, whatever is held: so it shows that PayPal takes the credentials now. */
  renew(): Promise<AccessToken>;
  /** PayPal has refused this token: the next call gets a new one. */
  forget(token: string): void;
}

export interface AccessTokenOptions {
  clientId: string;
  clientSecret: string;
  apiUrl: string;
  transport: Transport;
  /** Milliseconds of any clock that runs evenly. */
  now?: () => number;
}

const Granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.int().positive(),
});

interface Held {
  token: string;
  refreshAtMs: number;
  expiresAtMs: number;
}

/**
 * PayPal's OAuth tokens: kept until they lapse, replaced after nine tenths of their time while the old one still
 * serves, and fetched by one request at a time, however many calls wait for it.
 * Source: https://developer.paypal.com/api/rest/authentication/
 */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const now = options.now ?? (() => performance.now());
  let held: Held | null = null;
  let fetching: Promise<AccessToken> | null = null;

  const fetchToken = async (): Promise<AccessToken> => {
    // Its time runs from before it was asked for, so that it never lapses earlier than is thought here.
    const askedAtMs = now();
    const exchange = await options.transport.send(tokenRequest(options));
    const granted = readGranted(exchange);
    if ('error' in granted) return { kind: 'none', error: granted.error };
    const { access_token: token, expires_in: seconds } = granted;
    held = {
      token,
      refreshAtMs: askedAtMs + seconds * 900,
      expiresAtMs: askedAtMs + seconds * 1_000,
    };
    return { kind: 'token', token };
  };

  const fetchOnce = () =>
    (fetching ??= fetchToken().finally(() => {
      fetching = null;
    }));

  return {
    renew: fetchOnce,
    get() {
      const atMs = now();
      if (held && atMs < held.refreshAtMs) {
        return Promise.resolve({ kind: 'token', token: held.token });
      }
      const fetched = fetchOnce();
      return held && atMs < held.expiresAtMs
        ? Promise.resolve({ kind: 'token', token: held.token })
        : fetched;
    },
    forget(token) {
      if (held?.token === token) held = null;
    },
  };
}

function tokenRequest({ apiUrl, clientId, clientSecret }: AccessTokenOptions) {
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return {
    origin: apiUrl,
    method: 'POST',
    path: '/v1/oauth2/token',
    headers: {
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: 'grant_type=client_credentials',
  } as const;
}

function readGranted(exchange: Exchange): z.infer<typeof Granted> | { error: GatewayError } {
  if (exchange.kind === 'answered' && exchange.status === 200) {
    const granted = Granted.safeParse(parseJson(exchange.body));
    if (granted.success) return granted.data;
    return {
      error: withoutToken(gatewayFault('unreadable_token', 'No token in it', exchange).error),
    };
  }
  return { error: withoutToken(failureOf(exchange).error) };
}

/** Whatever became of the request for a token, the call that needs one was not sent. */
function withoutToken(error: GatewayError): GatewayError {
  const isTold = error.category === 'authentication' || error.category === 'rate_limited';
  return {
    ...error,
    category: isTold ? error.category : 'unreachable',
    message: `PayPal granted no access token: ${error.message}`,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
