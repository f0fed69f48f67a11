import { keepBooks } from '../books.ts';
import type { Books, BooksFilter } from '../books.ts';
import type { SandboxClock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import { createIdempotencyStore } from '../idempotency.ts';
import type { IdempotencyStore } from '../idempotency.ts';
import type { IdSource } from '../ids.ts';
import type { WebhookSender } from '../webhook-sender.ts';
import { openAccount } from './account.ts';
import type { Account, Work } from './account.ts';
import { checkBooks, pickSubjects } from './books-check.ts';
import { becomeDue, settle } from './due.ts';
import { openLocations } from './locations.ts';
import type { RefundStatus, SquareEvent } from './model.ts';

/** Who asks for a piece of work. */
export type Asker = Pick<Work, 'idempotencyKey'>;

/** All that a sandbox remembers, behind one handle that survives a reset. */
export type SandboxState = {
  account: () => Account;
  idempotency: () => IdempotencyStore;
  /**
   * Begins a piece of work. Whatever was due by now is done first, so that all work finds the
   * account as it would be at this moment.
   */
  startWork: (asker?: Asker) => Work;
  /** Does what would otherwise be done a moment later. */
  settleNow: () => void;
  books: (filter?: BooksFilter) => Books;
  checkBooks: () => string[];
  /** Forgets everything. */
  reset: () => void;
  /** Stops the timers. */
  stop: () => void;
};

export type StateParts = {
  clock: SandboxClock;
  newId: IdSource;
  faults: Faults;
  webhooks: WebhookSender;
  applicationId: string;
  /** The id of the main location. */
  locationId: string;
};

/** The behaviours that can be switched on: see the README. */
export const BEHAVIOURS = [
  'refunds_pending',
  'refunds_rejected',
  'refunds_failed',
  'lists_lag',
  'fees_raised',
];

/** Square does not publish how long it remembers a key; a day is what its clients may count on at most. */
const KEY_LIFETIME_MS = 86_400_000;
const MAX_IDEMPOTENCY_KEYS = 300_000;
/** How long it takes until fees are assessed and refunds end. */
const SETTLE_MS = 50;
const NOBODY: Asker = { idempotencyKey: null };

/** Opens an empty state. */
export function openState(parts: StateParts): SandboxState {
  const { clock, newId, faults, webhooks, applicationId } = parts;
  const locations = openLocations(parts.locationId);
  const open = (): Account => openAccount({ clock, newId, locations, applicationId });
  const openStore = (): IdempotencyStore =>
    createIdempotencyStore({
      lifetimeMs: KEY_LIFETIME_MS,
      maxKeys: MAX_IDEMPOTENCY_KEYS,
      nowMs: clock.nowMs,
    });
  let account = open();
  let idempotency = openStore();
  let settling: NodeJS.Timeout | undefined;

  const deliver = ({ id, type, body }: SquareEvent): void => {
    if (!webhooks.isConfigured) return;
    webhooks.send({ id, type, body: JSON.stringify(body), onDelivered: () => undefined });
  };
  const stop = (): void => {
    clearTimeout(settling);
    settling = undefined;
  };
  const settleNow = (): void => {
    stop();
    settle(beginWork(NOBODY));
  };
  const settleSoon = (): void => {
    settling ??= setTimeout(settleNow, SETTLE_MS);
  };
  const refundsBecome = (): RefundStatus => {
    if (faults.hasBehaviour('refunds_pending')) return 'PENDING';
    if (faults.hasBehaviour('refunds_rejected')) return 'REJECTED';
    return faults.hasBehaviour('refunds_failed') ? 'FAILED' : 'COMPLETED';
  };
  const beginWork = (asker: Asker): Work => ({
    account,
    refundsBecome,
    listsLag: () => faults.hasBehaviour('lists_lag'),
    feesAreRaised: () => faults.hasBehaviour('fees_raised'),
    hasSettlementFaults: faults.hasSettlementFaults,
    settlementFault: faults.forSettlement,
    deliver,
    settleSoon,
    ...asker,
  });
  const startWork = (asker: Asker = NOBODY): Work => {
    becomeDue(beginWork(NOBODY));
    return beginWork(asker);
  };

  return {
    account: () => account,
    idempotency: () => idempotency,
    startWork,
    settleNow,
    books: (filter = {}) => {
      const { account: current } = startWork();
      return keepBooks(current.journal, pickSubjects(current, filter));
    },
    checkBooks: () => checkBooks(startWork().account),
    reset() {
      stop();
      account = open();
      idempotency = openStore();
      faults.clear();
      webhooks.reset();
    },
    stop,
  };
}
