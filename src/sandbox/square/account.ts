import { createCollection } from '../collection.ts';
import type { Collection } from '../collection.ts';
import type { SandboxClock } from '../clock.ts';
import type { IdSource } from '../ids.ts';
import { createJournal } from '../journal.ts';
import type { Journal } from '../journal.ts';
import type { SettlementFault } from '../settlement-faults.ts';
import type {
  Customer,
  Dispute,
  Location,
  Payment,
  Payout,
  Refund,
  RefundStatus,
  SquareEvent,
  StoredCard,
} from './model.ts';

/** Everything that one seller's account holds, and the journal that is kept beside it. */
export type Account = {
  readonly clock: SandboxClock;
  readonly newId: IdSource;
  readonly merchantId: string;
  readonly applicationId: string;
  /** When the account was opened, in ms. */
  readonly openedMs: number;
  /** The main location first. */
  readonly locations: readonly Location[];
  readonly payments: Collection<Payment>;
  readonly refunds: Collection<Refund>;
  readonly disputes: Collection<Dispute>;
  readonly payouts: Collection<Payout>;
  /** What was paid out by now, by the keys of the entries. */
  readonly paidOut: Set<string>;
  readonly cards: Collection<StoredCard>;
  readonly customers: Map<string, Customer>;
  /** Payments by the idempotency key that they were created with. */
  readonly paymentsByKey: Map<string, Payment>;
  readonly journal: Journal;
  /** What waits for its time to come: see `becomeDue`. */
  readonly approved: Set<Payment>;
  readonly contested: Set<Dispute>;
  /** What Square does a moment after its answer. */
  readonly unsettled: { payments: Payment[]; refunds: Refund[] };
};

export type AccountParts = {
  clock: SandboxClock;
  newId: IdSource;
  locations: readonly Location[];
  applicationId: string;
};

/** Opens an empty account. */
export function openAccount(parts: AccountParts): Account {
  const { clock, newId, locations, applicationId } = parts;
  return {
    clock,
    newId,
    merchantId: 'MLSANDBOX0000',
    applicationId,
    openedMs: clock.nowMs(),
    locations,
    payments: createCollection(Infinity),
    refunds: createCollection(Infinity),
    disputes: createCollection(Infinity),
    payouts: createCollection(Infinity),
    paidOut: new Set(),
    cards: createCollection(Infinity),
    customers: new Map(),
    paymentsByKey: new Map(),
    journal: createJournal(clock.nowSeconds),
    approved: new Set(),
    contested: new Set(),
    unsettled: { payments: [], refunds: [] },
  };
}

/** One piece of work on an account: who asked for it, and what it has to tell the outside. */
export type Work = {
  readonly account: Account;
  /** The idempotency key of the request; null when the sandbox acts by itself. */
  readonly idempotencyKey: string | null;
  /** What becomes of a pending refund a moment later; it may stay pending. */
  refundsBecome(): RefundStatus;
  /** Whether lists do not show yet what is new. */
  listsLag(): boolean;
  /** Whether payments cost more than usual. */
  feesAreRaised(): boolean;
  hasSettlementFaults(): boolean;
  /** What is wrong with the settlement record of something that goes by one of these ids. */
  settlementFault(...sources: readonly string[]): SettlementFault | undefined;
  /** Hands a new event over for delivery. */
  deliver(event: SquareEvent): void;
  /** Asks for what is unsettled to be settled soon. */
  settleSoon(): void;
};

/** The id and the time that a new object gets. */
export function stamp(
  account: Account,
  id: string,
): { id: string; created: number; createdMs: number } {
  const createdMs = account.clock.nowMs();
  return { id, created: Math.floor(createdMs / 1000), createdMs };
}

/** Dates a change. Each change of an object is later than the one before, so that they can be told apart. */
export function touch(account: Account, changed: { updatedMs: number }): number {
  changed.updatedMs = Math.max(account.clock.nowMs(), changed.updatedMs + 1);
  return changed.updatedMs;
}
