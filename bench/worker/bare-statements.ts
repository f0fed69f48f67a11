import { randomUUID } from 'node:crypto';
import { answerQuestions } from '../child.ts';
import { openConnections, type Connections } from '../connections.ts';
import { POOL_SIZE } from '../ground.ts';
import { renew, SUFFIX_LENGTH, type Statement } from '../payments/statements.ts';
import type { WebhookOfPayment } from './webhook.ts';

export interface StatementsQuestion {
  databaseUrl: string;
  webhook: WebhookOfPayment;
}

let connections: Connections | null = null;

/**
 * The statements that work webhooks off and nothing else, with the driver's own clients and as many connections as a
 * worker has, until nothing is left. Each connection claims as many webhooks as a worker at most.
 */
answerQuestions<StatementsQuestion, null>(async ({ databaseUrl, webhook }) => {
  connections ??= openConnections(databaseUrl, POOL_SIZE);
  const pool = connections;
  const unique = new Set(webhook.unique);
  const send = ({ text }: Statement, parameters: unknown[]) => pool.send(text, parameters);
  const lane = async () => {
    for (;;) {
      const token = randomUUID();
      const withToken = (value: unknown) => (value === webhook.leaseToken ? token : value);
      const claimed = await send(webhook.claim, webhook.claim.parameters.map(withToken));
      if (claimed.length === 0) return;
      for (const receipt of claimed as unknown as { id: string; event_id: string }[]) {
        const withId = (value: unknown) =>
          String(value) === webhook.receiptId ? receipt.id : value;
        const suffix = receipt.event_id.slice(-SUFFIX_LENGTH);
        for (const statement of webhook.work) {
          const parameters = renew(statement.parameters, unique, suffix).map(withToken).map(withId);
          const rows = await send(statement, parameters);
          if (rows.length !== 1) throw new Error('a statement changed nothing');
        }
      }
    }
  };
  await Promise.all(Array.from({ length: POOL_SIZE }, lane));
  return null;
});
