import { keepBooks } from '../books.ts';
import type { Books, BooksFilter } from '../books.ts';
import type { SandboxClock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import { createIdempotencyStore } from '../idempotency.ts';
import type { IdempotencyStore } from '../idempotency.ts';
import type { IdSource } from '../ids.ts';
import type { WebhookSender } from '../webhook-sender.ts';
import { openAccount } from './account.ts';
import type { Account, OutgoingEvent, Work } from './account.ts';
import { checkBooks, subjectsOf } from './books-check.ts';
import type { Family } from './routes.ts';

/** Who asks for a piece of work. */
export type Asker = Pick<Work, 'requestId' | 'wantsAll'>;

/** All that a sandbox remembers, behind one handle that survives a reset. */
export type SandboxState = {
  account: () => Account;
  idempotency: (family: Family) => IdempotencyStore | null;
  /**
   * Begins a piece of work. Whatever was due by now is done first, so that all work finds the
   * account as it would be at this moment.
   */
  startWork: (asker?: Asker) => Work;
  books: (filter?: BooksFilter) => Books;
  checkBooks: () => string[];
  /** Forgets everything. */
  reset: () => void;
};

export type StateParts = {
  clock: SandboxClock;
  newId: IdSource;
  faults: Faults;
  webhooks: WebhookSender;
  /** Where API and pages are; asked for late, since the port is known only after listening. */
  baseUrl: () => string;
};

const HOUR_MS = 3_600_000;
/**
 * How long each API keeps request ids: six hours, 45 days and three hours.
 * Source: the header parameters of each call in PayPal's reference.
 */
const LIFETIMES_MS = { orders: 6 * HOUR_MS, payments: 45 * 24 * HOUR_MS, vault: 3 * HOUR_MS };
const MAX_REQUEST_IDS = 300_000;
const NOBODY: Asker = { requestId: null, wantsAll: true };

/** Opens an empty state. */
export function openState(parts: StateParts): SandboxState {
  const { clock, newId, faults, webhooks } = parts;
  const openStore = (lifetimeMs: number): IdempotencyStore =>
    createIdempotencyStore({ lifetimeMs, maxKeys: MAX_REQUEST_IDS, nowMs: clock.nowMs });
  const openStores = (): Record<Family, IdempotencyStore | null> => ({
    orders: openStore(LIFETIMES_MS.orders),
    payments: openStore(LIFETIMES_MS.payments),
    vault: openStore(LIFETIMES_MS.vault),
    none: null,
  });
  let account = openAccount(clock, newId);
  let stores = openStores();

  const deliver = ({ id, type, body }: OutgoingEvent): void => {
    if (webhooks.isConfigured) webhooks.send({ id, type, body, onDelivered: () => undefined });
  };
  const startWork = (asker: Asker = NOBODY): Work => {
    account.deadlines.run(clock.nowSeconds());
    const { hasBehaviour, forSettlement: settlementFault } = faults;
    return {
      account,
      baseUrl: parts.baseUrl(),
      hasBehaviour,
      settlementFault,
      deliver,
      ...asker,
    };
  };

  return {
    account: () => account,
    idempotency: (family) => stores[family],
    startWork,
    books: (filter = {}) => {
      const { account: current } = startWork();
      return keepBooks(current.journal, subjectsOf(current, filter));
    },
    checkBooks: () => checkBooks(startWork().account),
    reset() {
      account = openAccount(clock, newId);
      stores = openStores();
      faults.clear();
      webhooks.reset();
    },
  };
}
