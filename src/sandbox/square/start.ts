import type { Books, BooksFilter } from '../books.ts';
import { createClock } from '../clock.ts';
import { serveControl } from '../control.ts';
import type { FaultRuleInput } from '../fault-rules.ts';
import { createFaults } from '../faults.ts';
import type { ActiveFault } from '../faults.ts';
import { createIdSource } from '../ids.ts';
import { startServer } from '../server.ts';
import type { Handler } from '../server.ts';
import { createWebhookSender } from '../webhook-sender.ts';
import type { WebhookOptions, WebhookReport } from '../webhook-sender.ts';
import { createApi } from './api.ts';
import { referencesOf } from './books-check.ts';
import { control } from './controls.ts';
import { completeRefund, failRefund } from './refunds.ts';
import { webhookHeaders } from './signature.ts';
import { BEHAVIOURS, openState } from './state.ts';
import type { SandboxState } from './state.ts';

export type SquareSandboxOptions = {
  /** Where to listen; 127.0.0.1 unless said otherwise. */
  host?: string;
  /** The port; 0 picks a free one. */
  port: number;
  accessToken: string;
  applicationId?: string;
  /** The id of the main location, which takes USD; those of the others are in `GET /v2/locations`. */
  locationId?: string;
  /**
   * Where events are delivered, the key they are signed with, and the URL that is signed, when it is
   * not the one delivered to; without it none are.
   */
  webhook?: WebhookOptions & { signatureKey: string; notificationUrl?: string };
  /** The time that the sandbox starts from; the system's unless said otherwise. */
  clock?: () => Date;
};

/** A running look-alike of Square, and the strings to pull from the same process. */
export type SquareSandbox = {
  readonly url: string;
  readonly port: number;
  /** What the sandbox believes of every payment, or of those that `filter` names. */
  books: (filter?: BooksFilter) => Books;
  /** Where the API and the journal differ; empty when they agree. */
  checkBooks: () => string[];
  readonly faults: {
    /** Switches a fault on; throws when the rule makes no sense. */
    add: (rule: FaultRuleInput) => ActiveFault;
    list: () => ActiveFault[];
    clear: (id?: string) => void;
  };
  readonly webhooks: {
    report: () => WebhookReport;
    /** Sends the withheld deliveries; tells how many there were. */
    release: () => number;
    /** Resolves when every delivery that is not withheld has arrived or was given up. */
    idle: () => Promise<void>;
  };
  /** Moves the clock on, and does what becomes due by that. */
  advance: (seconds: number) => void;
  /** Lets a pending refund complete; false when there is none. */
  completeRefund: (id: string) => boolean;
  /** Lets a pending refund fail; false when there is none. */
  failRefund: (id: string) => boolean;
  /** Forgets everything: objects, journal, keys, faults and deliveries. */
  reset: () => void;
  /** Stops taking requests, lets running ones finish, and stops all timers. */
  close: () => Promise<void>;
};

const MAX_OBJECTS = 500_000;
const MAX_CUSTOMERS = 100_000;

/** Starts the sandbox; rejects when the address cannot be bound. */
export async function startSquareSandbox(options: SquareSandboxOptions): Promise<SquareSandbox> {
  const { webhook } = options;
  const clock = createClock(options.clock ?? (() => new Date()));
  const newId = createIdSource();
  const faults = createFaults(BEHAVIOURS);
  const signing = {
    signatureKey: webhook?.signatureKey ?? '',
    notificationUrl: webhook?.notificationUrl ?? webhook?.url ?? '',
  };
  const webhooks = createWebhookSender(webhook, (body) => webhookHeaders(body, signing), faults);
  const state = openState({
    clock,
    newId,
    faults,
    webhooks,
    applicationId: options.applicationId ?? 'sandbox-sq0idb-sandbox',
    locationId: options.locationId ?? 'LSANDBOXUSD00',
  });
  const api = createApi({
    accessToken: options.accessToken,
    faults,
    idempotency: state.idempotency,
    startWork: state.startWork,
    referencesOf: (path, input) => referencesIn(state, path, input),
    isFull: () => isFull(state),
  });
  const catchUp = (): void => {
    state.startWork();
    state.settleNow();
  };
  const controlled = {
    clock,
    faults,
    webhooks,
    books: state.books,
    checkBooks: state.checkBooks,
    catchUp,
    reset: state.reset,
    extra: (segments: readonly string[], body: unknown) =>
      control(state.startWork(), segments, body),
  };
  const handle: Handler = (request) => {
    if (request.path.startsWith('/v2/')) return api(request);
    if (request.path.startsWith('/__sandbox/')) return serveControl(request, controlled);
    return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not found.\n' };
  };
  const server = await startServer(
    { host: options.host ?? '127.0.0.1', port: options.port },
    handle,
  );
  return {
    url: server.url,
    port: server.port,
    books: state.books,
    checkBooks: state.checkBooks,
    faults: {
      add(rule) {
        const added = faults.add(rule);
        if (added.kind === 'invalid') throw new Error(`Not a fault: ${added.why}`);
        return added.fault;
      },
      list: faults.list,
      clear: faults.clear,
    },
    webhooks: { report: webhooks.report, release: webhooks.release, idle: webhooks.idle },
    advance(seconds) {
      clock.advance(seconds);
      catchUp();
    },
    completeRefund: (id) => completeRefund(state.startWork(), id) !== null,
    failRefund: (id) => failRefund(state.startWork(), id) !== null,
    reset: state.reset,
    async close() {
      state.stop();
      faults.stop();
      await server.close();
      await webhooks.close();
    },
  };
}

function isFull(state: SandboxState): boolean {
  const { payments, refunds, cards, customers } = state.account();
  const isFilled = [payments, refunds, cards].some((all) => all.size() >= MAX_OBJECTS);
  return isFilled || customers.size >= MAX_CUSTOMERS;
}

/** The references that a request carries, or else those of the payment or refund that its path names. */
function referencesIn(state: SandboxState, path: string, input: unknown): Record<string, string> {
  const { payments, refunds } = state.account();
  const named = path.split('/')[3] ?? '';
  const asked =
    typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const id = typeof asked['payment_id'] === 'string' ? asked['payment_id'] : named;
  const payment = payments.get(id) ?? refunds.get(id)?.payment;
  const own = Object.entries(asked).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { ...(payment === undefined ? {} : referencesOf(payment)), ...Object.fromEntries(own) };
}
