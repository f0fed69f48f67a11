import { ADMIN_TOKEN } from './as-operator.ts';
import type { TestRedis } from './services/redis.ts';

/**
 * Settings with which production starts: TLS to the database and to Redis, and live credentials that open nothing. The
 * gateways themselves are the real ones, so nothing that asks them can work.
 *
 * @param certificateFiles of the database and of Redis, in one file
 */
export function productionSettings(
  databaseUrl: string,
  redis: TestRedis,
  certificateFiles: string,
): Record<string, string> {
  if (redis.tls === null) throw new Error('production wants a Redis that speaks TLS');
  return {
    PAYMENT_ENVIRONMENT: 'production',
    PAYMENT_HOST: '127.0.0.1',
    DATABASE_URL: `${databaseUrl}?sslmode=verify-full`,
    PAYMENT_REDIS_URL: redis.tls.url,
    NODE_EXTRA_CA_CERTS: certificateFiles,
    TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
    TENDER_AUDIT_KEY: 'visibly-fake-and-seals-nothing-real',
    STRIPE_SECRET_KEY: 'sk_live_visibly_fake_and_opens_nothing',
    STRIPE_PUBLISHABLE_KEY: 'pk_live_visibly_fake_and_opens_nothing',
    STRIPE_WEBHOOK_SECRET: 'whsec_visibly_fake_and_signs_nothing',
    PAYMENT_STRIPE_API_URL: 'https://api.stripe.com',
  };
}
