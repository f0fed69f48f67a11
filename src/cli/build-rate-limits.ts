import type { Redis } from 'ioredis';
import type { DoorSettings } from '../config/settings.ts';
import { NO_LIMITS, type Quota, type RateLimits } from '../http/rate-limit.ts';
import type { Logger } from '../observability/logger.ts';
import { onceAMinute } from './once-a-minute.ts';

/** The limits that the settings ask for. */
export async function buildRateLimits(
  { perAddress, perCaller }: DoorSettings,
  redis: Redis | null,
  log: Logger,
): Promise<RateLimits> {
  if (!perAddress && !perCaller) return NO_LIMITS;
  const { createRateLimit } = await import('../rate-limits.ts');
  const onRedisFailed = onceAMinute((err) =>
    log.warn({ err }, 'Redis does not count requests; each process counts for itself'),
  );
  const limit = (name: string, quota: Quota | null) =>
    quota && createRateLimit({ name, quota, redis, onRedisFailed });
  return { address: limit('address', perAddress), caller: limit('caller', perCaller) };
}
