import type { System } from '../../src/cli/system.ts';
import {
  claimDueReceipts,
  insertReceipts,
  type ClaimedReceipt,
} from '../../src/database/receipts.ts';
import type { CustomerAction } from '../../src/domain/report.ts';
import { OPEN_BULKHEAD } from '../../src/payments/bulkhead.ts';
import { SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import { processWebhook } from '../../src/webhooks/inbound/process.ts';
import type { BenchDatabase } from '../ground.ts';
import {
  idsAmong,
  takePayment,
  withSystem,
  writeDown,
  type PaymentStatements,
  type Statement,
} from '../payments/statements.ts';

/** How many webhooks a worker works on at once, and claims at most: its default. */
export const HANDS = 20;

/** What a webhook finds: the payment waits for its customer, which the webhook ends, or what it tells is known already. */
export type Found = 'waiting' | 'paid';

/** A payment, a webhook that says that it is paid, and what the work on that asks of the database. */
export interface WebhookOfPayment {
  /** The payment's two statements, which leave it as the webhook finds it. */
  payment: PaymentStatements;
  /** The event that the sandbox made once the payment was paid. */
  event: { id: string; type: string; body: string };
  claim: Statement;
  /** What follows for each webhook that was claimed. */
  work: Statement[];
  receiptId: string;
  leaseToken: string;
  /** The values in all of it that no two webhooks share, beside the last two. */
  unique: string[];
}

/**
 * Takes one payment through Tender's own code and the sandbox, where need be has its customer agree there, works off the
 * webhook of that, and writes down what the driver sends for it.
 *
 * @throws where the webhook is not applied, or its work has statements that are not about it
 */
export function captureWebhook(
  database: BenchDatabase,
  sandboxUrl: string,
  found: Found,
): Promise<WebhookOfPayment> {
  return withSystem(database, sandboxUrl, async (system) => {
    const { db } = system.payments;
    const { payment, statements } = await takePayment(
      system,
      found === 'waiting' ? CHALLENGED : {},
    );
    if (found === 'waiting') await agree(payment.nextAction);
    const event = await lastSucceeded(sandboxUrl);
    await insertReceipts(db, [
      {
        gateway: 'stripe',
        eventId: event.id,
        eventType: event.type,
        requestId: 'bench',
        body: Buffer.from(event.body),
      },
    ]);
    const claimed = await writeDown(() =>
      claimDueReceipts(db, HANDS, system.settings.dueWork.leaseMs),
    );
    const [receipt] = claimed.result;
    const [claim] = claimed.sent;
    if (!receipt || !claim) throw new Error('no webhook was claimed');
    const { sent: work } = await writeDown(() => workOff(system, receipt));
    const ids = idsAmong(work.flatMap(({ parameters }) => parameters).flat());
    const unique = new Set([...statements.unique, ...ids]);
    for (const { text, parameters } of work) {
      const isAboutIt = parameters.flat().some((each) => unique.has(String(each)));
      if (!isAboutIt) throw new Error(`this is not about the webhook: ${text}`);
    }
    return {
      payment: statements,
      event,
      claim,
      work,
      receiptId: String(receipt.id),
      leaseToken: receipt.leaseToken,
      unique: [...unique],
    };
  });
}

/** A card whose owner has to agree first. */
const CHALLENGED = {
  paymentMethod: 'pm_card_authenticationRequired',
  returnUrl: 'https://shop.example/back',
};

/** The customer on the bank's page. */
async function agree(action: CustomerAction | null): Promise<void> {
  if (action?.type !== 'redirect_to_url') throw new Error('the customer has no page to go to');
  const { url } = action;
  const body = new URLSearchParams({ result: 'complete' });
  const { status } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  if (status !== 200 && status !== 303) throw new Error(`the bank's page answers ${status}`);
}

async function lastSucceeded(sandboxUrl: string): Promise<WebhookOfPayment['event']> {
  const answer = await fetch(`${sandboxUrl}/v1/events?type=payment_intent.succeeded&limit=1`, {
    headers: { authorization: `Bearer ${SANDBOX_KEYS.secretKey}` },
  });
  const { data } = (await answer.json()) as { data: { id: string; type: string }[] };
  const [event] = data;
  if (!event) throw new Error('the sandbox has no such event');
  return { id: event.id, type: event.type, body: JSON.stringify(event) };
}

async function workOff(system: System, receipt: ClaimedReceipt): Promise<void> {
  const { payments, settings } = system;
  let outcome = 'failed';
  const webhookObserver = {
    worked: (worked: { outcome: string }) => (outcome = worked.outcome),
    failed: ({ error }: { error: unknown }) => (outcome = String(error)),
  };
  const { maxRetries } = settings.webhooks;
  await processWebhook(
    { ...payments, bulkhead: OPEN_BULKHEAD, webhookObserver, maxRetries },
    receipt,
  );
  if (outcome !== 'applied') throw new Error(`the webhook was not applied: ${outcome}`);
}
