import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './services/redis.ts';
import { withholdWebhooks } from './stripe-webhook.ts';
import type { Tender, TenderOptions } from './tender.ts';

/** The two ways in which workers hear of webhooks: every property of the inbox holds in both. */
export const INBOX_SETTINGS = [
  { setting: 'with Redis', withRedis: true },
  { setting: 'without Redis', withRedis: false },
];

/** Tender with the gateway's own deliveries withheld, so that a test delivers what it wants when it wants. */
export interface InboxTender<Running extends Tender> {
  tender: Running;
  redis: TestRedis | null;
  /** What `redis-cli llen payment_webhooks` says; `null` without Redis. */
  signalsWaiting(): Promise<number | null>;
  close(): Promise<void>;
}

/** @param start whether API and worker run in the tests' own process or are processes that can be killed */
export async function startInboxTender<Running extends Tender>(
  start: (options: TenderOptions) => Promise<Running>,
  withRedis: boolean,
  options: TenderOptions = {},
): Promise<InboxTender<Running>> {
  const redis = withRedis ? await startRedis() : null;
  const tender = await start({
    ...options,
    ...(redis ? { redisUrl: redis.url } : {}),
  });
  withholdWebhooks(tender);
  const client = redis ? new Redis(redis.url) : null;
  client?.on('error', () => undefined);
  return {
    tender,
    redis,
    signalsWaiting: async () => (client ? client.llen('payment_webhooks') : null),
    async close() {
      client?.disconnect();
      await tender.close();
      await redis?.stop();
    },
  };
}
