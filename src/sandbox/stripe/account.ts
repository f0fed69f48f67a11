import { createCollection } from '../collection.ts';
import type { Collection } from '../collection.ts';
import type { SandboxClock } from '../clock.ts';
import type { IdSource } from '../ids.ts';
import { createJournal } from '../journal.ts';
import type { Journal } from '../journal.ts';
import type { SettlementFault } from '../settlement-faults.ts';
import type {
  BalanceTransaction,
  Charge,
  Customer,
  Dispute,
  PaymentIntent,
  PaymentMethod,
  Refund,
  SetupIntent,
  StripeEvent,
} from './model.ts';

/** Everything that one Stripe account holds, and the journal that is kept beside it. */
export type Account = {
  readonly clock: SandboxClock;
  readonly newId: IdSource;
  readonly intents: Collection<PaymentIntent>;
  readonly charges: Collection<Charge>;
  readonly refunds: Collection<Refund>;
  readonly balanceTransactions: Collection<BalanceTransaction>;
  readonly paymentMethods: Collection<PaymentMethod>;
  readonly customers: Collection<Customer>;
  readonly setups: Collection<SetupIntent>;
  readonly disputes: Collection<Dispute>;
  readonly events: Collection<StripeEvent>;
  readonly journal: Journal;
  /** Uncaptured charges in the order in which they expire; `next` is the first that may be live. */
  readonly authorizations: { charges: Charge[]; next: number };
  /** Charges whose balance transaction is still to be written. */
  readonly unsettled: Charge[];
  /** Captured charges whose cards bring a dispute with them. */
  readonly toDispute: Charge[];
};

/** Events are history; past this many the oldest are forgotten. */
const MAX_EVENTS = 10_000;

/** Opens an empty account. */
export function openAccount(clock: SandboxClock, newId: IdSource): Account {
  return {
    clock,
    newId,
    intents: createCollection(Infinity),
    charges: createCollection(Infinity),
    refunds: createCollection(Infinity),
    balanceTransactions: createCollection(Infinity),
    paymentMethods: createCollection(Infinity),
    customers: createCollection(Infinity),
    setups: createCollection(Infinity),
    disputes: createCollection(Infinity),
    events: createCollection(MAX_EVENTS),
    journal: createJournal(clock.nowSeconds),
    authorizations: { charges: [], next: 0 },
    unsettled: [],
    toDispute: [],
  };
}

/** One piece of work on an account: who asked for it, and what it has to tell the outside. */
export type Work = {
  readonly account: Account;
  /** The request that asked; null when the sandbox acts by itself. */
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
  /** The value of `Stripe-Version`; empty when none was sent. */
  readonly apiVersion: string;
  /** Whether the caller showed the publishable key only. */
  readonly isPublic: boolean;
  /** Where the hosted 3-D Secure pages are. */
  readonly baseUrl: string;
  /** Whether new refunds stay pending until they are settled by hand. */
  refundsArePending(): boolean;
  /** Whether charges cost more than usual. */
  feesAreRaised(): boolean;
  hasSettlementFaults(): boolean;
  /** What is wrong with the settlement record of something that goes by one of these ids. */
  settlementFault(...sources: readonly string[]): SettlementFault | undefined;
  /** Hands a new event over for delivery. */
  deliver(event: StripeEvent): void;
  /** Asks for the charges that wait to be settled or disputed to be so soon. */
  settleSoon(): void;
};
