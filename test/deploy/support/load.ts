import { expect } from 'vitest';
import { VISA } from '../../support/checkout.ts';
import { signStripe } from '../../support/stripe-webhook.ts';
import type { Tender } from '../../support/tender.ts';
import { unrelatedEvent } from './unrelated-event.ts';

/** What callers and a gateway were told while they kept coming. */
export interface Load {
  /** Payments that were acknowledged with 201. */
  paid: string[];
  /** Events whose delivery was acknowledged. */
  delivered: string[];
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
    askedAgain: 0,
    wrong: [],
    async end() {
      over = true;
      await Promise.all(running);
    },
  };
  const caller = async () => {
    while (!over) {
      const key = crypto.randomUUID();
      while (!(await payOnce(tender, load, key)));
    }
  };
  const gateway = async () => {
    while (!over) await deliverOnce(tender, load);
  };
  const running = [caller(), caller(), gateway()];
  return load;
}

/** Whether the payment with this key has its answer now. */
async function payOnce(tender: Tender, load: Load, key: string): Promise<boolean> {
  const call = { body: VISA, key };
  const { status, json, text } = await tender.call('POST', '/api/v1/payments', call);
  if (status === 201) load.paid.push(json.id as string);
  // The outcome could not be written down: the worker asks the gateway for it.
  const isOpen = status === 202 || status === 409;
  if (status === 503) load.askedAgain += 1;
  else if (status !== 201 && !isOpen) load.wrong.push(`payment: ${status} ${text}`);
  return status !== 503 && status !== 409;
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
