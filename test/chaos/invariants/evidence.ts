import { verifyAudit, type AuditVerification } from '../../../src/admin/verify-audit.ts';
import { readDeployment } from '../../../src/database/deployment.ts';
import { readBalances, type LedgerBalance } from '../../../src/database/ledger-balances.ts';
import { verifyLedger, type LedgerFinding } from '../../../src/ledger/verify-ledger.ts';
import type { Books } from '../../../src/sandbox/books.ts';
import type { WebhookReport } from '../../../src/sandbox/webhook-sender.ts';
import type { Call } from '../load/client.ts';
import type { Purchase } from '../load/purchase.ts';
import { GATEWAY_NAMES, type GatewayName } from '../world/names.ts';
import { AUDIT_KEY, type World } from '../world/world.ts';

/** Amounts are minor units, small enough in schedules to be numbers. */
export interface PaymentRow {
  id: string;
  orderId: string;
  status: string;
  gateway: GatewayName;
  gatewayPaymentId: string | null;
  amount: number;
  capturable: number;
  captured: number;
  refunded: number;
  refundPending: number;
  pendingAttemptId: string | null;
  eventCount: number;
  /** It is approved, and the worker has not taken the money yet. */
  awaitsCompletion: boolean;
  leased: boolean;
}

export interface AttemptRow {
  id: string;
  paymentId: string;
  operation: string;
  gateway: GatewayName;
  outcome: string | null;
  due: boolean;
  error: string | null;
}

export interface RefundRow {
  id: string;
  paymentId: string;
  status: string;
  amount: number;
  gateway: GatewayName;
  gatewayRefundId: string | null;
  source: string;
  unknown: boolean;
  due: boolean;
}

export interface EventRow {
  type: string;
  paymentId: string;
  sequence: number;
  objectId: string;
}

export interface ReceiptRow {
  gateway: GatewayName;
  eventId: string;
  type: string;
  state: string;
  due: boolean;
  leased: boolean;
  tries: number;
  lastError: string | null;
}

export interface KeyRow {
  key: string;
  status: number | null;
  body: string | null;
}

/** One entry of the ledger that follows from a payment. */
export interface EntryRow {
  paymentId: string;
  cause: string;
  debit: string;
  credit: string;
  amount: number;
}

/** What an operator decided, and how often the audit log says so. */
export interface DecisionRow {
  id: string;
  paymentId: string;
  entries: number;
}

/** What both sides say when a schedule is over, and what the application heard. */
export interface Evidence {
  purchases: readonly Purchase[];
  calls: readonly Call[];
  payments: PaymentRow[];
  attempts: AttemptRow[];
  refunds: RefundRow[];
  events: EventRow[];
  receipts: ReceiptRow[];
  keys: KeyRow[];
  decisions: DecisionRow[];
  ledger: { entries: EntryRow[]; balances: LedgerBalance[]; findings: LedgerFinding[] };
  audit: AuditVerification;
  books: Record<GatewayName, Books>;
  /** Where a sandbox contradicts itself: then nothing is proved by it. */
  bookProblems: string[];
  webhooks: Record<GatewayName, WebhookReport>;
}

/** Reads everything that the invariants are checked against. */
export async function gatherEvidence(
  { postgres, sandboxes }: Pick<World, 'postgres' | 'sandboxes'>,
  { purchases, calls }: Pick<Evidence, 'purchases' | 'calls'>,
): Promise<Evidence> {
  const payments = await postgres.query<PaymentRow>(`
    SELECT id, order_id AS "orderId", status, gateway, gateway_payment_id AS "gatewayPaymentId", amount::float8,
           amount_capturable::float8 AS capturable, amount_captured::float8 AS captured,
           amount_refunded::float8 AS refunded, amount_refund_pending::float8 AS "refundPending",
           pending_attempt_id AS "pendingAttemptId", event_count AS "eventCount",
           awaits_completion AS "awaitsCompletion", coalesce(lease_until > now(), false) AS leased
      FROM payments ORDER BY created_at`);
  const attempts = await postgres.query<AttemptRow>(`
    SELECT id, payment_id AS "paymentId", operation, gateway, outcome, due_at IS NOT NULL AS due, error->>'code' AS error
      FROM payment_attempts ORDER BY created_at`);
  const refunds = await postgres.query<RefundRow>(`
    SELECT id, payment_id AS "paymentId", status, amount::float8, gateway, gateway_refund_id AS "gatewayRefundId",
           source, unknown, due_at IS NOT NULL AS due
      FROM refunds ORDER BY created_at`);
  const events = await postgres.query<EventRow>(`
    SELECT type, payment_id AS "paymentId", payment_sequence AS sequence, object->>'id' AS "objectId"
      FROM events ORDER BY payment_id, payment_sequence`);
  const receipts = await postgres.query<ReceiptRow>(`
    SELECT gateway, event_id AS "eventId", event_type AS type, state, due_at IS NOT NULL AS due,
           coalesce(lease_until > now(), false) AS leased, tries, last_error AS "lastError"
      FROM webhook_receipts ORDER BY id`);
  const keys = await postgres.query<KeyRow>('SELECT key, status, body FROM idempotency_keys');
  const decisions = await postgres.query<DecisionRow>(`
    SELECT id, payment_id AS "paymentId",
           (SELECT count(*) FROM audit_log
             WHERE action = 'payment.resolve' AND result = 'done' AND subject_id = payment_id)::int AS entries
      FROM outcome_decisions`);
  const entries = await postgres.query<EntryRow>(`
    SELECT payment_id AS "paymentId", cause, debit_account AS debit, credit_account AS credit, amount::float8
      FROM ledger_entries WHERE payment_id IS NOT NULL ORDER BY id`);
  const verified = await postgres.withDatabase(async (db) => {
    const { findings } = await verifyLedger(db);
    const balances = await readBalances(db, null);
    const { id: deploymentId } = await readDeployment(db);
    const audit = await verifyAudit(db, { key: AUDIT_KEY, deploymentId });
    return { ledger: { entries, balances, findings }, audit };
  });
  const [books, webhooks] = await Promise.all([
    each((name) => sandboxes.books(name)),
    each((name) => sandboxes.webhooks(name)),
  ]);
  const problems = await each((name) => sandboxes.checkBooks(name));
  const bookProblems = GATEWAY_NAMES.flatMap((name) =>
    problems[name].map((problem) => `${name}: ${problem}`),
  );
  const read = { payments, attempts, refunds, events, receipts, keys, decisions };
  return { purchases, calls, ...read, ...verified, books, bookProblems, webhooks };
}

async function each<T>(ask: (name: GatewayName) => Promise<T>): Promise<Record<GatewayName, T>> {
  const [stripe, square, paypal] = await Promise.all(GATEWAY_NAMES.map(ask));
  return { stripe, square, paypal } as Record<GatewayName, T>;
}
