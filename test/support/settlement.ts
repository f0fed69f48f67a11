import type { Database } from '../../src/database/database.ts';
import { storeSettlementPage } from '../../src/database/settlement.ts';
import type { SettlementRecord, UnreadableRecord } from '../../src/domain/settlement.ts';
import { pageOf } from '../../src/gateways/settlement-amounts.ts';

/** A gateway's record of a payout, complete and unremarkable; a test names what matters to it. */
export function sampleRecord(over: Partial<SettlementRecord> = {}): SettlementRecord {
  const record = {
    recordId: 'txn_1',
    kind: 'payout' as const,
    movementId: null,
    reference: null,
    refundId: null,
    gross: -100n,
    fee: 0n,
    currency: 'EUR',
    original: null,
    occurredAt: new Date('2026-01-01T00:00:00Z'),
    ...over,
  };
  const net = record.gross - record.fee;
  const raw = { gross: String(record.gross), currency: record.currency };
  return { ...record, net, raw };
}

/** Takes records in as a page of the gateway's. */
export function takeIn(
  db: Database,
  gateway: string,
  ...records: (SettlementRecord | UnreadableRecord)[]
): Promise<void> {
  return db.sql.begin((tx) => storeSettlementPage(tx, gateway, pageOf(records, [], null)));
}
