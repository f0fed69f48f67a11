/** How many requests somebody may make in a time that begins with the first of them. */
export interface Quota {
  requests: number;
  windowSeconds: number;
}

/** What is left of a quota. */
export interface RateLimitState {
  quota: Quota;
  /** Whether this request is within the quota. */
  isWithin: boolean;
  remaining: number;
  /** Until the quota is whole again, rounded up. */
  resetSeconds: number;
}

/** Counts requests of one kind. */
export interface RateLimit {
  /** Counts one more request of somebody. It never rejects and never waits for long. */
  count(who: string): Promise<RateLimitState>;
}

/** What the HTTP application limits; `null` for no limit. */
export interface RateLimits {
  /** By where a request comes from, before anything is asked of the database. */
  address: RateLimit | null;
  /** By API key or operator. */
  caller: RateLimit | null;
}

export const NO_LIMITS: RateLimits = { address: null, caller: null };

/**
 * The header fields that tell a client where it stands: draft-ietf-httpapi-ratelimit-headers-10. It is a draft, so this
 * is the one place that knows it.
 */
export function rateLimitHeaders(states: Readonly<Record<string, RateLimitState>>) {
  const entries = Object.entries(states);
  const policies = entries.map(
    ([name, { quota }]) => `"${name}";q=${quota.requests};w=${quota.windowSeconds}`,
  );
  const limits = entries.map(
    ([name, { remaining, resetSeconds }]) => `"${name}";r=${remaining};t=${resetSeconds}`,
  );
  return { 'ratelimit-policy': policies.join(', '), ratelimit: limits.join(', ') };
}
