import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Quota, RateLimit, RateLimitState } from './http/rate-limit.ts';
import { within } from './observability/within.ts';

export interface RateLimitOptions {
  /** Tells one kind of limit from another. */
  name: string;
  quota: Quota;
  /** Where all processes count together; `null` where each counts for itself. */
  redis: Redis | null;
  /** Told of a count that Redis did not take. */
  onRedisFailed: (error: unknown) => void;
}

/** How long a request waits for Redis at most, in milliseconds: far longer than it takes, far less than anybody notices. */
const PATIENCE_MS = 100;
/** How long Redis is left alone after it failed, so that no request waits for one that is known to be away. */
const PAUSE_MS = 1_000;

/**
 * Counts requests in Redis, in which all processes count together. While Redis is away each process counts for itself,
 * so that somebody may make as many requests at each of them; nobody is let in without being counted.
 */
export function createRateLimit({
  name,
  quota,
  redis,
  onRedisFailed,
}: RateLimitOptions): RateLimit {
  const { requests: points, windowSeconds: duration } = quota;
  const alone = new RateLimiterMemory({ points, duration });
  const together =
    redis &&
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `tender:limit:${name}`,
      points,
      duration,
      // What is past its quota is refused without asking Redis again.
      inMemoryBlockOnConsumed: points,
    });
  let awayUntil = 0;

  return {
    async count(who) {
      if (together && performance.now() >= awayUntil) {
        try {
          return await consume(within(together.consume(who), PATIENCE_MS), quota);
        } catch (error) {
          awayUntil = performance.now() + PAUSE_MS;
          onRedisFailed(error);
        }
      }
      return consume(alone.consume(who), quota);
    },
  };
}

/** The library rejects with its result where the quota is used up, and with an error where it could not count. */
async function consume(counting: Promise<RateLimiterRes>, quota: Quota): Promise<RateLimitState> {
  try {
    return stateOf(await counting, quota, true);
  } catch (error) {
    if (error instanceof RateLimiterRes) return stateOf(error, quota, false);
    throw error;
  }
}

function stateOf(
  { remainingPoints, msBeforeNext }: RateLimiterRes,
  quota: Quota,
  isWithin: boolean,
): RateLimitState {
  const remaining = Math.max(0, remainingPoints);
  return { quota, isWithin, remaining, resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)) };
}
