import { SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import { startAssistant, type Assistant, type Child } from '../child.ts';
import { openConnections } from '../connections.ts';
import type { Rate } from '../figures.ts';
import type { Ground } from '../ground.ts';
import type { LoadAnswer, LoadQuestion } from '../load/load.ts';
import { startMeter } from '../processor-time.ts';
import type { Rounds } from '../rounds.ts';
import { startApi } from '../tender-api.ts';
import type { RivalQuestion } from './rivals.ts';

/** Accepted webhooks a second and what each cost, one figure a round. */
export interface WebhookFigures {
  tender: Rate[];
  insert: Rate[];
  bare: Rate[];
}

/** The columns, the bytes and the unique index are those of Tender's receipts and payloads together. */
const RIVAL_TABLE = `
  CREATE TABLE webhook_events (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    gateway      text NOT NULL,
    event_id     text NOT NULL,
    event_type   text NOT NULL,
    request_id   text NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL,
    PRIMARY KEY (gateway, event_id)
  )`;

/** As many as gateways open when they catch up after an outage. */
export const WEBHOOK_CONNECTIONS = 256;
/** How many events are made for a contestant's first turn; later it is somewhat more than it took the last time. */
const FIRST_EVENTS_PER_SECOND = 4_000;
const EVENTS_MARGIN = 1.5;
const SECRET = SANDBOX_KEYS.webhookSecret;

interface Contestant {
  pid: number;
  url: string;
  path: string;
  /** Where its events are, as `(event_id, body)`; `null` where it keeps none. */
  stored: { databaseUrl: string; query: string } | null;
}

/**
 * Measures how many signed events a second are verified, deduplicated and durable: by Tender's API, by Fastify with one
 * INSERT for each, and how many bare Fastify answers without any of it.
 *
 * @throws where a table does not hold exactly the events that were acknowledged
 */
export async function measureWebhooks(
  ground: Ground,
  load: Assistant<LoadQuestion, LoadAnswer>,
  rounds: Rounds,
): Promise<WebhookFigures> {
  const own = await ground.createDatabase('bench_webhooks', { migrated: true });
  const rival = await ground.createDatabase('bench_webhook_rival', { migrated: false });
  const setup = openConnections(rival.superuserUrl);
  await setup.send(RIVAL_TABLE);
  await setup.close();

  const children: Child[] = [];
  const startRival = async (kind: RivalQuestion['kind']) => {
    const child = startAssistant<RivalQuestion, string>('webhooks/rivals.ts');
    children.push(child);
    const url = await child.ask({ kind, databaseUrl: rival.superuserUrl, secret: SECRET });
    return { pid: child.pid, url };
  };
  try {
    const api = await startApi(own, 'http://127.0.0.1:1');
    children.push(api);
    const contestants: Record<keyof WebhookFigures, Contestant> = {
      tender: {
        pid: api.pid,
        url: api.url,
        path: '/api/v1/payments/webhook/stripe',
        stored: {
          databaseUrl: own.superuserUrl,
          query: `SELECT r.event_id, p.body FROM webhook_receipts r
                    JOIN webhook_payloads p ON p.receipt_id = r.id AND p.received_at = r.received_at`,
        },
      },
      insert: {
        ...(await startRival('insert')),
        path: '/webhook',
        stored: {
          databaseUrl: rival.superuserUrl,
          query: 'SELECT event_id, body FROM webhook_events',
        },
      },
      bare: { ...(await startRival('bare')), path: '/webhook', stored: null },
    };
    const acknowledged: Record<string, string[]> = {};
    const expected: Record<string, number> = {};
    const turnOf = (name: keyof WebhookFigures) => async (seconds: number) => {
      await ground.checkpoint();
      const { pid, url, path } = contestants[name];
      const meter = await startMeter({ process: pid, database: ground.pid });
      const delivered = await load.ask({
        kind: 'deliver',
        url,
        path,
        secret: SECRET,
        events: Math.ceil((expected[name] ?? FIRST_EVENTS_PER_SECOND) * seconds),
        connections: WEBHOOK_CONNECTIONS,
        seconds,
      });
      const cost = await meter.each(delivered.count);
      (acknowledged[name] ??= []).push(...delivered.acknowledged);
      expected[name] = delivered.perSecond * EVENTS_MARGIN;
      return { perSecond: delivered.perSecond, cost };
    };
    const figures = await rounds.run({
      tender: turnOf('tender'),
      insert: turnOf('insert'),
      bare: turnOf('bare'),
    });
    for (const [name, { stored }] of Object.entries(contestants)) {
      if (stored) await expectExactly(acknowledged[name] ?? [], stored, name);
    }
    return figures;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** Neither more nor less than what was acknowledged, each with a body of its own. */
async function expectExactly(
  acknowledged: string[],
  { databaseUrl, query }: { databaseUrl: string; query: string },
  name: string,
): Promise<void> {
  const { send, close } = openConnections(databaseUrl);
  try {
    const stored = await send(
      `SELECT event_id, position(convert_to(event_id, 'UTF8') IN body) > 0 AS holds_itself FROM (${query}) AS stored`,
    );
    const missing = new Set(acknowledged);
    for (const { event_id, holds_itself } of stored as {
      event_id: string;
      holds_itself: boolean;
    }[]) {
      if (!holds_itself || !missing.delete(event_id)) {
        throw new Error(`${name} keeps ${event_id}, which it did not acknowledge so`);
      }
    }
    if (missing.size > 0) throw new Error(`${name} lost ${missing.size} events that it took`);
  } finally {
    await close();
  }
}
