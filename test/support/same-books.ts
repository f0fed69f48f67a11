import { expect } from 'vitest';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import type { Tender } from './tender.ts';

interface Row {
  id: string;
  gatewayPaymentId: string;
  status: string;
  captured: string;
  refunded: string;
}

/**
 * Compares what Tender keeps with the books of the sandbox, payment by payment: the same status and amounts, and never
 * more than one live charge for one payment. The ledger has to tell the same.
 *
 * @param gateway whose payments to compare, where others take some as well
 */
export async function expectSameBooks(
  { db, sandbox }: Pick<Tender, 'db' | 'sandbox'>,
  gateway?: string,
): Promise<void> {
  expect(sandbox.checkBooks()).toEqual([]);
  expect((await verifyLedger(db)).findings).toEqual([]);
  const { payments } = sandbox.books();
  const byPayment = Map.groupBy(payments, (each) => each.metadata.tender_payment_id ?? 'foreign');
  const rows = await db.sql<Row[]>`
    SELECT id, gateway_payment_id, status, amount_captured::text AS captured, amount_refunded::text AS refunded
      FROM payments WHERE ${gateway ?? null}::text IS NULL OR gateway = ${gateway ?? null}`;
  for (const row of rows) {
    const theirs = byPayment.get(row.id) ?? [];
    const charges = theirs.flatMap((each) => each.charges).filter((each) => each.status === 'live');
    expect(charges.length, `live charges of ${row.id}`).toBeLessThanOrEqual(1);
    const captured = charges.reduce((sum, each) => sum + each.captured, 0);
    const refunded = charges.reduce((sum, each) => sum + each.refunded, 0);
    expect({ id: row.id, captured: row.captured, refunded: row.refunded }).toEqual({
      id: row.id,
      captured: String(captured),
      refunded: String(refunded),
    });
    const [at] = theirs.filter((each) => each.id === row.gatewayPaymentId);
    if (at)
      expect(row.status, row.id).toBe(
        at.status === 'requires_confirmation'
          ? 'requires_payment_method'
          : row.status === 'failed'
            ? 'failed'
            : at.status,
      );
  }
}
