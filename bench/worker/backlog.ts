import { Database } from '../../src/database/database.ts';
import { insertReceipts } from '../../src/database/receipts.ts';
import { openConnections } from '../connections.ts';
import { POOL_SIZE, type BenchDatabase } from '../ground.ts';
import { saturate } from '../load/rhythm.ts';
import { newSuffix, nextParameters, renewed } from '../payments/statements.ts';
import type { WebhookOfPayment } from './webhook.ts';

/** Payments like one that was taken, each with a stored webhook that says that it is paid. */
export interface Backlog {
  add(count: number): Promise<void>;
  /** How many webhooks have not been worked off. */
  left(): Promise<number>;
  /** Webhooks a second, from the first to the last of those that were added last. */
  perSecond(): Promise<number>;
  /** @throws where a webhook was not applied, or a payment has not changed as it says */
  expectAllApplied(): Promise<void>;
  close(): Promise<void>;
}

/** As many as the API commits at once. */
const BATCH = 200;

/** @param name tells its webhooks from those of others in the same database */
export function createBacklog(
  { url }: BenchDatabase,
  webhook: WebhookOfPayment,
  name: string,
): Backlog {
  const { sql, send, close } = openConnections(url, POOL_SIZE);
  const db = new Database({ url, poolSize: 1, prepare: true, applicationName: 'bench' });
  let added = 0;
  let addedBefore = 0;

  async function addPayment(suffix: string): Promise<void> {
    const { begin, commit } = webhook.payment;
    const [first, second] = nextParameters(webhook.payment, suffix);
    await send(begin.text, first);
    await send(commit.text, second);
  }

  return {
    async add(count) {
      addedBefore = added;
      const suffixes = Array.from({ length: count }, newSuffix);
      await saturate((index) => addPayment(suffixes[index] ?? ''), {
        concurrency: POOL_SIZE,
        seconds: Infinity,
        works: count,
      });
      const receipts = suffixes.map((suffix) => receiptOf(webhook, suffix, name));
      while (receipts.length > 0) await insertReceipts(db, receipts.splice(0, BATCH));
      added += count;
    },
    async left() {
      const [row] = await sql<{ count: number }[]>`
        SELECT count(*)::int AS count FROM webhook_receipts WHERE due_at IS NOT NULL`;
      return row?.count ?? 0;
    },
    async perSecond() {
      const [row] = await sql<{ seconds: number }[]>`
        SELECT extract(epoch FROM max(finished_at) - min(finished_at))::float8 AS seconds
          FROM (SELECT finished_at FROM webhook_receipts ORDER BY id DESC LIMIT ${added - addedBefore}) AS last`;
      return (added - addedBefore) / (row?.seconds ?? 0);
    },
    async expectAllApplied() {
      const [row] = await sql<{ receipts: number; payments: number }[]>`
        SELECT (SELECT count(*)::int FROM webhook_receipts WHERE state = 'processed' AND request_id = ${name}) AS receipts,
               (SELECT count(*)::int FROM payments p JOIN webhook_receipts r ON r.payment_id = p.id
                 WHERE p.status = 'succeeded' AND r.request_id = ${name}) AS payments`;
      if (row?.receipts !== added || row.payments !== added) {
        throw new Error(
          `of ${added} webhooks ${row?.receipts} are done, and ${row?.payments} payments are paid`,
        );
      }
    },
    async close() {
      await close();
      await db.close();
    },
  };
}

function receiptOf({ event, payment }: WebhookOfPayment, suffix: string, requestId: string) {
  const ids = [...payment.unique, event.id];
  const body = ids.reduce((text, id) => text.replaceAll(id, renewed(id, suffix)), event.body);
  return {
    gateway: 'stripe',
    eventId: renewed(event.id, suffix),
    eventType: event.type,
    requestId,
    body: Buffer.from(body),
  };
}
