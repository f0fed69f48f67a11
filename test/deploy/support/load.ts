import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { VISA } from '../../support/checkout.ts';
import { eventually } from '../../support/eventually.ts';
import { signStripe } from '../../support/stripe-webhook.ts';
import type { Tender } from '../../support/tender.ts';
import { unrelatedEvent } from './unrelated-event.ts';

/** What callers and a gateway were told while they kept coming. */
export interface Load {
  /** Payments that were acknowledged with 201. */
  paid: string[];
  /** Events whose delivery was acknowledged. */
  delivered: string[];
  /** Keys of payments that were still under way when they were repeated; `end` sees them through. */
  open: string[];
  /** How often somebody was asked to come again, with 503. */
  askedAgain: number;
  /** Every other answer. */
  wrong: string[];
  /** Has all of them wait a while between two requests from now on, once what matters is that some keep coming. */
  slowDown(): void;
  end(): Promise<void>;
}

/** How long callers who were slowed down wait before they send the next one. */
const PAUSE_MS = 250;
/** How long whoever is turned away with 503 waits before the next try. */
const TURNED_AWAY_MS = 100;
/** How often a caller asks whether a payment is still under way, which it is until a lease is over. */
const ASK_AGAIN_MS = 1_000;

/** Two callers, who repeat a payment with its key until they have an answer, and a gateway that sends events. */
export function startLoad(tender: Tender): Load {
  let over = false;
  let pauseMs = 0;
  const load: Load = {
    paid: [],
    delivered: [],
    open: [],
    askedAgain: 0,
    wrong: [],
    slowDown() {
      pauseMs = PAUSE_MS;
    },
    async end() {
      over = true;
      await Promise.all(running);
      for (const key of load.open.splice(0)) {
        const seeThrough = async () => {
          expect(await payOnce(tender, load, key)).toBe('answered');
        };
        await eventually(seeThrough, 60_000, ASK_AGAIN_MS);
      }
    },
  };
  const caller = async () => {
    while (!over) {
      const key = crypto.randomUUID();
      let outcome = await payOnce(tender, load, key);
      while (outcome === 'again') outcome = await payOnce(tender, load, key);
      if (outcome === 'under way') load.open.push(key);
      await delay(pauseMs);
    }
  };
  const gateway = async () => {
    while (!over) {
      await deliverOnce(tender, load);
      await delay(pauseMs);
    }
  };
  const running = [caller(), caller(), gateway()];
  return load;
}

type Outcome = 'answered' | 'again' | 'under way';

/** Sends the payment with this key, and tells what its caller has to do next. */
async function payOnce(tender: Tender, load: Load, key: string): Promise<Outcome> {
  const call = { body: VISA, key };
  const { status, json, text } = await tender.call('POST', '/api/v1/payments', call);
  switch (status) {
    case 201:
      load.paid.push(json.id as string);
      return 'answered';
    case 503:
      await isAskedAgain(load);
      return 'again';
    // The outcome could not be written down: it is asked for again once the lease of the first request is over.
    case 409:
      return 'under way';
    // The worker asks the gateway; this stays the answer to the key.
    case 202:
      return 'answered';
    default:
      load.wrong.push(`payment: ${status} ${text}`);
      return 'answered';
  }
}

/** A request that is turned away for the moment; whoever sent it does not come again at once. */
async function isAskedAgain(load: Load): Promise<void> {
  load.askedAgain += 1;
  await delay(TURNED_AWAY_MS);
}

async function deliverOnce(tender: Tender, load: Load): Promise<void> {
  const id = crypto.randomUUID();
  const body = unrelatedEvent(id);
  const headers = { 'stripe-signature': signStripe(body) };
  const call = { body, headers };
  const { status, text } = await tender.call('POST', '/api/v1/payments/webhook/stripe', call);
  if (status === 200) load.delivered.push(`evt_${id}`);
  else if (status === 503) await isAskedAgain(load);
  else load.wrong.push(`webhook: ${status} ${text}`);
}

/** Fails where something that was acknowledged is not there, and tells what there was, as a line for people. */
export async function expectNothingLost({ db }: Tender, load: Load): Promise<string> {
  const { paid, delivered, askedAgain, wrong } = load;
  expect(wrong).toEqual([]);
  const payments = await db.sql<{ id: string }[]>`
    SELECT id FROM payments WHERE status = 'succeeded' AND id = ANY(${paid})`;
  const receipts = await db.sql<{ id: string }[]>`
    SELECT event_id AS id FROM webhook_receipts WHERE event_id = ANY(${delivered}) AND due_at IS NULL`;
  const lost = [paid.length - payments.length, delivered.length - receipts.length];
  expect(lost).toEqual([0, 0]);
  return (
    `${paid.length} payments and ${delivered.length} webhooks acknowledged, 0 lost, ` +
    `${askedAgain} asked to come again`
  );
}
