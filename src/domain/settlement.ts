import type { Currency } from './currency.ts';
import type { Reference } from './report.ts';

/**
 * What a gateway's settlement record is about. `refund_failure` gives back what a refund had taken, `dispute_reversal`
 * what a dispute had. A `payout` above zero is one that came back; a `conversion` is one side of money that the gateway
 * changed into another currency.
 */
export const SETTLEMENT_KINDS = [
  'charge',
  'refund',
  'refund_failure',
  'dispute',
  'dispute_reversal',
  'fee',
  'payout',
  'conversion',
  'adjustment',
] as const;

export type SettlementKind = (typeof SETTLEMENT_KINDS)[number];

/**
 * One movement of money as the gateway's own records tell it. Amounts are minor units of `currency`, and negative where
 * they leave the account at the gateway; `fee` is what the gateway kept, so that `net` is `gross` less `fee`.
 */
export interface SettlementRecord {
  /** By which the gateway knows the record, and no other one. */
  recordId: string;
  kind: SettlementKind;
  /** What the gateway calls the payment, refund, dispute or payout; `null` where the record is about none. */
  movementId: string | null;
  /** Our own ids, where the record carries them. */
  reference: Reference | null;
  /** Our own id of the refund, where the record carries it. */
  refundId: string | null;
  gross: bigint;
  fee: bigint;
  net: bigint;
  currency: Currency;
  /** What was moved before the gateway converted it; `null` where it did not. */
  original: { amount: bigint; currency: Currency } | null;
  occurredAt: Date;
  /** The record as it came, without what it says of people. */
  raw: unknown;
}

/** The money of a record. */
export type RecordAmounts = Pick<
  SettlementRecord,
  'gross' | 'fee' | 'net' | 'currency' | 'original'
>;

/** What a record says besides its money. */
export type RecordFrame = Omit<SettlementRecord, keyof RecordAmounts>;

/** A record whose amounts cannot be read: it is kept as it came, for somebody to look at. */
export interface UnreadableRecord extends RecordFrame {
  /** What is wrong with it, in words for people. */
  why: string;
}

/** One line of what a payout consists of. */
export interface PayoutContent {
  payoutId: string;
  /** The gateway's id of the line. */
  lineId: string;
  kind: SettlementKind;
  movementId: string | null;
  net: bigint;
  currency: Currency;
}

/** A line of a payout whose amount cannot be read. */
export interface UnreadableContent extends Omit<PayoutContent, 'net' | 'currency'> {
  why: string;
}

/** One page of settlement records, in the gateway's order. */
export interface SettlementPage {
  records: readonly SettlementRecord[];
  contents: readonly PayoutContent[];
  /** What is on the page beside these, and cannot be read. */
  unreadable: { records: readonly UnreadableRecord[]; contents: readonly UnreadableContent[] };
  /** Where the next page begins; `null` after the last one. It is good for the same span only, for as long as one likes. */
  next: string | null;
}

/** Which records: those of `from <= occurredAt < to`. */
export interface SettlementSpan {
  from: Date;
  to: Date;
}
