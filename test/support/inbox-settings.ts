import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './services/redis.ts';
import { withholdWebhooks } from './stripe-webhook.ts';
import { startTenderProcesses, type TenderProcesses } from './tender-processes.ts';
import type { TenderOptions } from './tender.ts';

/** The two ways in which workers hear of webhooks: every property of the inbox holds in both. */
export const INBOX_SETTINGS = [
  { setting: 'with Redis', withRedis: true },
  { setting: 'without Redis', withRedis: false },
];

/** Tender with the gateway's own deliveries withheld, so that a test delivers what it wants when it wants. */
export interface InboxTender {
  tender: TenderProcesses;
  redis: TestRedis | null;
  /** What `redis-cli llen payment_webhooks` says; `null` without Redis. */
  signalsWaiting(): Promise<number | null>;
  close(): Promise<void>;
}

export async function startInboxTender(
  withRedis: boolean,
  options: TenderOptions = {},
): Promise<InboxTender> {
  const redis = withRedis ? await startRedis() : null;
  const tender = await startTenderProcesses({
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
