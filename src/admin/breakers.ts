import type { ReadBreaker, StoredBreaker } from '../database/breakers.ts';
import {
  admit,
  afterCall,
  CLOSED,
  FAILURES_TO_OPEN,
  opened,
  type Breaker,
} from '../domain/circuit-breaker.ts';
import type { GatewayCall } from '../gateways/observed.ts';
import { createPolled } from './polled.ts';

/** What goes wrong when the gateway itself is in trouble, as opposed to what it was asked. */
const TROUBLE: ReadonlySet<string> = new Set(['unreachable', 'no_answer', 'gateway_fault']);

/** Keeps new payments from gateways that do not answer, in all processes alike. */
export interface Breakers {
  start(): void;
  close(): void;
  /** Takes note of how a call went. Never throws and never waits. */
  observe(call: Pick<GatewayCall, 'gateway' | 'error'>): void;
  /** Whether new payments may go there, as it is known here: at most a second old, and without a query. */
  isAvailable(gateway: string): boolean;
  /** The gateways that may be tried again now. */
  probesDue(): string[];
  /** Whether the probe is this process's: one process gets it at a time. */
  claimProbe(gateway: string): Promise<boolean>;
  /** Resolves once everything that was observed is written down. */
  settled(): Promise<void>;
}

export interface BreakerOptions {
  read: () => Promise<ReadonlyMap<string, ReadBreaker>>;
  move: (
    gateway: string,
    next: (breaker: StoredBreaker, now: Date) => StoredBreaker | null,
  ) => Promise<{ before: StoredBreaker; after: StoredBreaker } | null>;
  /** Told of each change of state, in the process that has made it. */
  onChange: (change: { gateway: string; breaker: StoredBreaker }) => void;
  onError: (error: unknown) => void;
  /** How many calls in a row have to go wrong in one process. */
  failuresToOpen?: number;
}

/**
 * Each process counts the calls that go wrong in a row by itself; the one that has had enough opens the breaker for all.
 * What is known of an open breaker is the database's alone, and its clock decides when the next probe may go.
 */
export function createBreakers({
  read,
  move,
  onChange,
  onError,
  failuresToOpen = FAILURES_TO_OPEN,
}: BreakerOptions): Breakers {
  let readAt = 0;
  const polled = createPolled({
    read: async () => {
      const breakers = await read();
      readAt = performance.now();
      return breakers;
    },
    onError,
  });
  /** What this process has seen of gateways that nobody has opened the breaker of yet. */
  const seen = new Map<string, Breaker>();
  let writing: Promise<void> = Promise.resolve();
  const known = (gateway: string) => polled.known()?.get(gateway);
  const isClosed = (gateway: string) => (known(gateway)?.state ?? 'closed') === 'closed';

  const moveOn = async (gateway: string, next: Parameters<typeof move>[1]) => {
    const moved = await move(gateway, next);
    if (moved === null) return false;
    const { before, after } = moved;
    if (before.state !== after.state) onChange({ gateway, breaker: after });
    return true;
  };
  /** One change after the other, so that a process does not race itself. */
  const change = (gateway: string, next: Parameters<typeof move>[1]) => {
    writing = writing
      .then(async () => {
        if (await moveOn(gateway, next)) await polled.refresh();
      })
      .catch(onError);
  };

  return {
    start: () => polled.start(),
    close: () => polled.close(),
    isAvailable: isClosed,
    settled: () => writing,
    observe({ gateway, error }) {
      const inTrouble = error !== null && TROUBLE.has(error.category);
      const health = inTrouble ? 'in_trouble' : 'healthy';
      const cause = inTrouble ? { category: error.category, code: error.code } : null;
      if (!isClosed(gateway)) {
        seen.delete(gateway);
        // An open one learns nothing from another failure.
        if (inTrouble && known(gateway)?.state === 'open') return;
        change(gateway, (breaker, now) => {
          if (breaker.state === 'closed') return null;
          const after = afterCall(breaker, health, now);
          return after === breaker ? null : { ...after, cause: cause ?? breaker.cause };
        });
        return;
      }
      const counted = afterCall(seen.get(gateway) ?? CLOSED, health, new Date(), failuresToOpen);
      seen.set(gateway, counted);
      if (counted.state === 'closed') return;
      seen.delete(gateway);
      change(gateway, (breaker, now) =>
        breaker.state === 'closed' ? { ...opened(breaker, now), cause } : null,
      );
    },
    probesDue() {
      const age = performance.now() - readAt;
      return [...(polled.known() ?? [])].flatMap(([gateway, { state, probeInMs }]) =>
        state !== 'closed' && (probeInMs ?? 0) <= age ? [gateway] : [],
      );
    },
    async claimProbe(gateway) {
      const isOurs = await moveOn(gateway, (breaker, now) => {
        if (breaker.state === 'closed') return null;
        const claimed = admit(breaker, now);
        return claimed && { ...claimed, cause: breaker.cause };
      });
      await polled.refresh();
      return isOurs;
    },
  };
}
