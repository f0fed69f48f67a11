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
  end(): Promise<void>;
}

/** Two callers, who repeat a payment with its key until they have an answer, and a gateway that sends events. */
export function startLoad(tender: Tender): Load {
  let over = false;
  const load: Load = {
    paid: [],
    delivered: [],
    open: [],
    askedAgain: 0,
    wrong: [],
    async end() {
      over = true;
      await Promise.all(running);
      for (const key of load.open.splice(0)) {
        await eventually(async () => {
          expect(await payOnce(tender, load, key)).toBe('answered');
        }, 60_000);
      }
    },
  };
  const caller = async () => {
    while (!over) {
      const key = crypto.randomUUID();
      let outcome = await payOnce(tender, load, key);
      while (outcome === 'again') outcome = await payOnce(tender, load, key);
      if (outcome === 'under way') load.open.push(key);
    }
  };
  const gateway = async () => {
    while (!over) await deliverOnce(tender, load);
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
      load.askedAgain += 1;
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

async function deliverOnce(tender: Tender, load: Load): Promise<void> {
  const id = crypto.randomUUID();
  const body = unrelatedEvent(id);
  const headers = { 'stripe-signature': signStripe(body) };
  const call = { body, headers };
  const { status, text } = await tender.call('POST', '/api/v1/payments/webhook/stripe', call);
  if (status === 200) load.delivered.push(`evt_${id}`);
  else if (status === 503) load.askedAgain += 1;
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
