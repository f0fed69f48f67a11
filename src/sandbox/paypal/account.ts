import type { SandboxClock } from '../clock.ts';
import { createCollection } from '../collection.ts';
import type { Collection } from '../collection.ts';
import type { IdSource } from '../ids.ts';
import { createJournal } from '../journal.ts';
import type { Journal } from '../journal.ts';
import type { SettlementFault } from '../settlement-faults.ts';
import { createDeadlines } from './deadlines.ts';
import type { Deadlines } from './deadlines.ts';
import type {
  Authorization,
  Capture,
  Dispute,
  Order,
  PaymentToken,
  Refund,
  SetupToken,
  Withdrawal,
} from './model.ts';

/** Everything that one PayPal account holds, and the journal that is kept beside it. */
export type Account = {
  readonly clock: SandboxClock;
  readonly newId: IdSource;
  readonly orders: Collection<Order>;
  readonly authorizations: Collection<Authorization>;
  readonly captures: Collection<Capture>;
  readonly refunds: Collection<Refund>;
  readonly setupTokens: Collection<SetupToken>;
  readonly paymentTokens: Collection<PaymentToken>;
  readonly disputes: Collection<Dispute>;
  readonly withdrawals: Collection<Withdrawal>;
  /** Which order was paid under an invoice id: the account lets each pay once. */
  readonly invoices: Map<string, Order>;
  readonly deadlines: Deadlines;
  readonly journal: Journal;
};

/** Opens an empty account. */
export function openAccount(clock: SandboxClock, newId: IdSource): Account {
  return {
    clock,
    newId,
    orders: createCollection(Infinity),
    authorizations: createCollection(Infinity),
    captures: createCollection(Infinity),
    refunds: createCollection(Infinity),
    setupTokens: createCollection(Infinity),
    paymentTokens: createCollection(Infinity),
    disputes: createCollection(Infinity),
    withdrawals: createCollection(Infinity),
    invoices: new Map(),
    deadlines: createDeadlines(),
    journal: createJournal(clock.nowSeconds),
  };
}

/** What can be switched on, so that payments take their less usual ways. */
export const BEHAVIOURS = [
  'captures_pending',
  'captures_declined',
  'refunds_pending',
  'vaulting_late',
] as const;

export type Behaviour = (typeof BEHAVIOURS)[number];

/** An event on its way to the webhook's URL. */
export type OutgoingEvent = { id: string; type: string; body: string };

/** One piece of work on an account: where links lead, and what it has to tell the outside. */
export type Work = {
  readonly account: Account;
  /** Where the API and the hosted pages are. */
  readonly baseUrl: string;
  /** What `PayPal-Request-Id` said; null when it was not sent. */
  readonly requestId: string | null;
  /** Whether `Prefer` asks for the whole resource instead of its id and status. */
  readonly wantsAll: boolean;
  hasBehaviour(name: Behaviour): boolean;
  /** What is wrong with the settlement record of something that goes by one of these ids. */
  settlementFault(...sources: readonly string[]): SettlementFault | undefined;
  /** Hands a new event over for delivery. */
  deliver(event: OutgoingEvent): void;
};

/** The account of the shop, as payees and sellers show it. */
export const MERCHANT = {
  id: 'LJ98ZPE8TGFVC',
  email: 'shop@business.example.com',
  name: 'Test Shop',
} as const;

/** The buyer who approves everything. */
export const BUYER = {
  id: 'QYR5Z8XDVJNXQ',
  email: 'buyer@personal.example.com',
  givenName: 'Jordan',
  surname: 'Doe',
  country: 'US',
} as const;

/** An id in the manner of PayPal's: 17 capital letters and digits. */
export function newResourceId(account: Account): string {
  return account.newId('', 17).toUpperCase();
}
