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
import { control } from './controls.ts';
import { completeRefund, failRefund } from './refunds.ts';
import { serveSetupChallenge } from './setup-challenge.ts';
import { webhookHeaders } from './signature.ts';
import { openState } from './state.ts';
import type { SandboxState } from './state.ts';
import { serveChallenge } from './three-d-secure.ts';

export type StripeSandboxOptions = {
  /** Where to listen; 127.0.0.1 unless said otherwise. */
  host?: string;
  /** The port; 0 picks a free one. */
  port: number;
  secretKey: string;
  publishableKey: string;
  /** Where events are delivered and the secret they are signed with; without it none are. */
  webhook?: WebhookOptions & { secret: string };
  /** The URL under which customers reach the hosted pages, when it is not the one listened on. */
  publicUrl?: string;
  /** The time that the sandbox starts from; the system's unless said otherwise. */
  clock?: () => Date;
};

/** A running look-alike of Stripe, and the strings to pull from the same process. */
export type StripeSandbox = {
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
  /** Lets a pending refund succeed; false when there is none. */
  completeRefund: (id: string) => boolean;
  /** Lets a refund fail, also one that had succeeded; false when it cannot. */
  failRefund: (id: string) => boolean;
  /** Forgets everything: objects, journal, keys, faults and deliveries. */
  reset: () => void;
  /** Stops taking requests, lets running ones finish, and stops all timers. */
  close: () => Promise<void>;
};

const MAX_INTENTS = 500_000;

/** Starts the sandbox; rejects when the address cannot be bound. */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const { webhook } = options;
  const clock = createClock(options.clock ?? (() => new Date()));
  const newId = createIdSource();
  const faults = createFaults(['refunds_pending', 'fees_raised']);
  const webhooks = createWebhookSender(
    webhook,
    (body) => webhookHeaders(body, webhook?.secret ?? '', clock.sourceMs()),
    faults,
  );
  let baseUrl = options.publicUrl ?? '';
  const state = openState({ clock, newId, faults, webhooks, baseUrl: () => baseUrl });
  const api = createApi({
    keys: options,
    faults,
    idempotency: state.idempotency,
    startWork: state.startWork,
    newRequestId: () => newId('req_', 14),
    metadataOf: (path) => metadataOf(state, path),
    isFull: () => state.account().intents.size() >= MAX_INTENTS,
  });
  const controlled = {
    clock,
    faults,
    webhooks,
    books: state.books,
    checkBooks: state.checkBooks,
    catchUp: () => void state.startWork(),
    reset: state.reset,
    extra: (segments: readonly string[], body: unknown) =>
      control(state.startWork(), segments, body),
  };
  const handle: Handler = (request) => {
    if (request.path.startsWith('/v1/')) return api(request);
    if (request.path.startsWith('/__sandbox/')) return serveControl(request, controlled);
    if (request.path.startsWith('/3ds/seti_')) {
      return serveSetupChallenge(request, state.startWork());
    }
    if (request.path.startsWith('/3ds/')) return serveChallenge(request, state.startWork());
    return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not found.\n' };
  };
  const server = await startServer(
    { host: options.host ?? '127.0.0.1', port: options.port },
    handle,
  );
  baseUrl ||= server.url;
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
      state.startWork();
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

/** The metadata of the intent or refund that a path such as `/v1/refunds/re_1` names. */
function metadataOf(state: SandboxState, path: string): Record<string, string> {
  const id = path.split('/')[3] ?? '';
  const { intents, refunds } = state.account();
  return (intents.get(id) ?? refunds.get(id))?.metadata ?? {};
}
