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
import { settleCharges } from './balance.ts';
import { openDueDisputes } from './disputes.ts';
import { checkBooks, pickIntents } from './books-check.ts';
import { expireAuthorizations } from './change-intent.ts';
import type { StripeEvent } from './model.ts';
import { presentEvent } from './present.ts';

/** Who asks for a piece of work. */
export type Asker = Pick<Work, 'requestId' | 'idempotencyKey' | 'apiVersion' | 'isPublic'>;

/** All that a sandbox remembers, behind one handle that survives a reset. */
export type SandboxState = {
  account: () => Account;
  idempotency: () => IdempotencyStore;
  /**
   * Begins a piece of work. Whatever was due by now is done first, so that all work finds the
   * account as it would be at this moment.
   */
  startWork: (asker?: Asker) => Work;
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
  /** Where the hosted pages are; asked for late, since the port is known only after listening. */
  baseUrl: () => string;
};

const DAY_MS = 86_400_000;
const MAX_IDEMPOTENCY_KEYS = 300_000;
/** How long an asynchronously captured charge waits for its balance transaction. */
const SETTLE_MS = 50;
const NOBODY: Asker = { requestId: null, idempotencyKey: null, apiVersion: '', isPublic: false };

/** Opens an empty state. */
export function openState(parts: StateParts): SandboxState {
  const { clock, newId, faults, webhooks } = parts;
  const openStore = (): IdempotencyStore =>
    createIdempotencyStore({
      lifetimeMs: DAY_MS,
      maxKeys: MAX_IDEMPOTENCY_KEYS,
      nowMs: clock.nowMs,
    });
  let account = openAccount(clock, newId);
  let idempotency = openStore();
  let settling: NodeJS.Timeout | undefined;

  const deliver = (event: StripeEvent): void => {
    if (!webhooks.isConfigured) return;
    event.pendingWebhooks = 1;
    const onDelivered = (): void => {
      event.pendingWebhooks = 0;
    };
    const body = JSON.stringify(presentEvent(event));
    webhooks.send({ id: event.id, type: event.type, body, onDelivered });
  };
  const settleSoon = (): void => {
    settling ??= setTimeout(() => {
      settling = undefined;
      const work = beginWork(NOBODY);
      settleCharges(work);
      openDueDisputes(work);
    }, SETTLE_MS);
  };
  const refundsArePending = (): boolean => faults.hasBehaviour('refunds_pending');
  const beginWork = (asker: Asker): Work => ({
    account,
    baseUrl: parts.baseUrl(),
    refundsArePending,
    feesAreRaised: () => faults.hasBehaviour('fees_raised'),
    hasSettlementFaults: faults.hasSettlementFaults,
    settlementFault: faults.forSettlement,
    deliver,
    settleSoon,
    ...asker,
  });
  const startWork = (asker: Asker = NOBODY): Work => {
    expireAuthorizations(beginWork(NOBODY));
    return beginWork(asker);
  };
  const stop = (): void => {
    clearTimeout(settling);
    settling = undefined;
  };

  return {
    account: () => account,
    idempotency: () => idempotency,
    startWork,
    books: (filter = {}) => {
      const { account: current } = startWork();
      return keepBooks(current.journal, pickIntents(current, filter));
    },
    checkBooks: () => checkBooks(startWork().account),
    reset() {
      stop();
      account = openAccount(clock, newId);
      idempotency = openStore();
      faults.clear();
      webhooks.reset();
    },
    stop,
  };
}
