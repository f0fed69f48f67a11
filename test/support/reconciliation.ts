import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/database/database.ts';
import type { Claim } from '../../src/database/due-work.ts';
import {
  claimRun,
  findRun,
  insertRun,
  type ReconciliationRun,
} from '../../src/database/reconciliation-runs.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { createStripeGateway } from '../../src/gateways/stripe/client.ts';
import type { Transport } from '../../src/gateways/transport.ts';
import { newId } from '../../src/ids.ts';
import { executeRun } from '../../src/reconciliation/execute-run.ts';
import { KEYS } from './tender.ts';

const DAY_MS = 86_400_000;

/** A payment that was captured, and perhaps a refund of it, as far as reconciliation looks at them. */
export interface CapturedPayment {
  id: string;
  gatewayPaymentId: string;
  amount: number;
  currency: string;
  at: Date;
  refund: { id: string; gatewayRefundId: string; amount: number } | null;
}

/** The adapter in front of a sandbox of Stripe, or of what answers like one. */
export function stripeAt(apiUrl: string, transport: Transport): Gateway {
  return createStripeGateway({
    secretKey: KEYS.secretKey,
    publishableKey: null,
    webhookSecrets: [],
    apiUrl,
    transport,
    signatureToleranceMs: 300_000,
  });
}

/** So many fit into one request to the sandbox. */
const FILL = 2_500;
const REFUND = 500;

/**
 * Lets Stripe's sandbox take payments whose fee is a whole number of cents, by 2.9 % and 0.30, whichever way one rounds.
 * Of the first `refunds` of them a part is paid back.
 */
export async function fillSandbox(
  url: string,
  payments: number,
  refunds: number,
): Promise<CapturedPayment[]> {
  const made: CapturedPayment[] = [];
  while (made.length < payments) {
    const begun = made.length;
    const wanted = Array.from({ length: Math.min(FILL, payments - begun) }, (_, n) => {
      const id = newId('pay');
      const amount = 1_000 * (1 + (n % 50));
      const refund = begun + n < refunds ? { refund: REFUND } : {};
      return { amount, currency: 'usd', metadata: { tender_payment_id: id }, ...refund };
    });
    const response = await fetch(`${url}/__sandbox/payments`, {
      method: 'POST',
      body: JSON.stringify({ payments: wanted }),
    });
    if (!response.ok) throw new Error(await response.text());
    const filled = (await response.json()) as { payments: { id: string; refund: string | null }[] };
    for (const [n, { id: gatewayPaymentId, refund }] of filled.payments.entries()) {
      const { amount = 0, metadata } = wanted[n] ?? {};
      made.push({
        id: metadata?.tender_payment_id ?? '',
        gatewayPaymentId,
        amount,
        currency: 'USD',
        at: new Date(),
        refund:
          refund === null ? null : { id: newId('ref'), gatewayRefundId: refund, amount: REFUND },
      });
    }
  }
  return made;
}

/** Writes captured payments down as Tender's own would be: the row, the event that dates it, and the refund. */
export async function insertCaptured(
  db: Database,
  gateway: string,
  payments: readonly CapturedPayment[],
): Promise<void> {
  const rows = JSON.stringify(payments);
  await db.sql`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${rows}::text::jsonb)
        AS g (id text, "gatewayPaymentId" text, amount bigint, currency text, at timestamptz, refund jsonb)
    ), made AS (
      INSERT INTO payments (id, status, amount, currency, capture_method, amount_captured, gateway, gateway_payment_id,
                            created_at, updated_at, event_count)
      SELECT id, 'succeeded', amount, currency, 'automatic', amount, ${gateway}, "gatewayPaymentId", at, at, 1 FROM given
      RETURNING id, created_at
    ), refunded AS (
      INSERT INTO refunds (id, payment_id, status, amount, currency, gateway, gateway_refund_id, source, created_at, updated_at)
      SELECT refund ->> 'id', id, 'succeeded', (refund ->> 'amount')::bigint, currency, ${gateway},
             refund ->> 'gatewayRefundId', 'api', at, at
        FROM given WHERE jsonb_typeof(refund) = 'object'
    )
    INSERT INTO events (id, type, payment_id, payment_sequence, object, created_at)
    SELECT replace(id, 'pay_', 'evt_'), 'payment.succeeded', id, 1, '{}', created_at FROM made`;
}

/** Runs a reconciliation of the last `days` in this process and gives the finished run. */
export async function reconcile(
  db: Database,
  gateway: Gateway,
  {
    days = 7,
    pendingMs = 0,
    from,
    to,
  }: { days?: number; pendingMs?: number; from?: Date; to?: Date } = {},
): Promise<ReconciliationRun> {
  const id = newId('rec');
  const end = to ?? new Date();
  const run = {
    id,
    gateway: gateway.name,
    from: from ?? new Date(end.getTime() - days * DAY_MS),
    to: end,
    scheduledFor: null,
    requestedBy: 'test',
  };
  const token = randomUUID();
  // Claimed as it is written down, so that no worker that may be running takes it first.
  const claim = await db.sql.begin(async (tx) => {
    if ((await insertRun(tx, run)) === null) throw new Error('another run is running');
    const [claimed] = await tx<Claim[]>`
      UPDATE reconciliation_runs SET lease_until = now() + interval '1 minute', lease_token = ${token}, tries = 1
       WHERE id = ${id} RETURNING id, tries, lease_token::text AS token`;
    return claimed!;
  });
  await work(db, gateway, claim, pendingMs);
  const finished = await findRun(db, id);
  if (finished === null) throw new Error('the run is gone');
  return finished;
}

/** Goes on with a run in this process. */
export async function resume(
  db: Database,
  gateway: Gateway,
  id: string,
  pendingMs = 0,
): Promise<void> {
  const claim = await claimRun(db, { id, token: randomUUID(), leaseMs: 60_000 });
  if (claim === null) throw new Error('somebody works on the run');
  await work(db, gateway, claim, pendingMs);
}

async function work(
  db: Database,
  gateway: Gateway,
  claim: Claim,
  pendingMs: number,
): Promise<void> {
  const gateways = new Map([[gateway.name, gateway]]);
  const newRequestId = () => newId('req');
  const failPoints = { reach: () => undefined };
  await executeRun({ db, gateways, pendingMs, newRequestId, failPoints }, claim);
}
