import type { Books, BooksFilter } from './books.ts';
import { serveControl, type Controlled } from './control.ts';
import type { FaultRuleInput } from './fault-rules.ts';
import type { ActiveFault } from './faults.ts';
import { startServer, type Handler, type Reply, type SandboxRequest } from './server.ts';
import type { WebhookReport } from './webhook-sender.ts';

/** Where a sandbox listens, and when. */
export type SandboxOptions = {
  /** Where to listen; 127.0.0.1 unless said otherwise. */
  host?: string;
  /** The port; 0 picks a free one. */
  port: number;
  /** The time that the sandbox starts from; the system's unless said otherwise. */
  clock?: () => Date;
};

/** A running look-alike of a gateway, and the strings to pull from the same process. */
export type Sandbox = {
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
  /** Forgets what it was told: objects, journal, keys, faults and deliveries. */
  reset: () => void;
  /** Stops taking requests, lets running ones finish, and stops all timers. */
  close: () => Promise<void>;
};

const NOTHING_HERE: Reply = {
  status: 404,
  headers: { 'content-type': 'text/plain' },
  body: 'Not found.\n',
};

/**
 * Listens for a gateway's requests and for those that steer the sandbox; rejects when the address cannot be bound.
 *
 * @param answer what the gateway itself answers; `null` where it has nothing
 * @param stop ends what goes on beside requests
 */
export async function runSandbox(
  { host = '127.0.0.1', port }: SandboxOptions,
  controlled: Controlled,
  answer: (request: SandboxRequest) => ReturnType<Handler> | null,
  stop: () => void = () => undefined,
): Promise<Sandbox> {
  const { clock, faults, webhooks, books, checkBooks, catchUp, reset } = controlled;
  const server = await startServer({ host, port }, (request) => {
    const own = answer(request);
    if (own !== null) return own;
    return request.path.startsWith('/__sandbox/')
      ? serveControl(request, controlled)
      : NOTHING_HERE;
  });
  return {
    url: server.url,
    port: server.port,
    books,
    checkBooks,
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
    reset,
    async close() {
      stop();
      faults.stop();
      await server.close();
      await webhooks.close();
    },
  };
}
