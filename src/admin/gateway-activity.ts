import type { SeenActivity } from '../database/gateway-activity.ts';
import { verdictOf } from '../gateways/call-verdict.ts';
import type { GatewayCall } from '../gateways/observed.ts';
import { bucketOf } from './latency-buckets.ts';

/** How calls to gateways went in this process, on its way to where all processes write it down. */
export interface GatewayActivityLog {
  /** Counts a call; costs no query. */
  observe(
    call: Pick<GatewayCall, 'gateway' | 'operation' | 'outcome' | 'durationMs' | 'error'>,
  ): void;
  /** Writes down what was not written yet, and stops writing. Never rejects. */
  close(): Promise<void>;
}

export interface GatewayActivityOptions {
  record: (seen: readonly SeenActivity[]) => Promise<void>;
  /** Told of what could not be written; it is kept and written with what follows. */
  onError: (error: unknown) => void;
  /** How long a call may wait to be written down. */
  intervalMs?: number;
  /** A clock in milliseconds that is never set back. */
  now?: () => number;
}

const INTERVAL_MS = 1_000;

/** What was seen of one gateway since the last writing; times are by `now`. */
interface Tally {
  calls: number;
  failures: number;
  latencies: Record<number, number>;
  successAt: number | null;
  error: (NonNullable<SeenActivity['error']> & { at: number }) | null;
  acceptedAt: number | null;
  rejectedAt: number | null;
}

/**
 * Sums calls up and writes the sums down once a second, and not at all while nothing is called: the sum of all
 * processes is in the database, and no payment waits for it.
 */
export function createGatewayActivityLog({
  record,
  onError,
  intervalMs = INTERVAL_MS,
  now = () => performance.now(),
}: GatewayActivityOptions): GatewayActivityLog {
  let tallies = new Map<string, Tally>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  const schedule = () => {
    if (timer !== null || closed) return;
    timer = setTimeout(() => {
      timer = null;
      writing = write();
    }, intervalMs);
    timer.unref();
  };

  async function write(): Promise<void> {
    if (tallies.size === 0) return;
    const taken = tallies;
    tallies = new Map();
    try {
      await record([...taken].map(([gateway, tally]) => seen(gateway, tally, now())));
    } catch (error) {
      for (const [gateway, later] of tallies) taken.set(gateway, added(taken.get(gateway), later));
      tallies = taken;
      onError(error);
      schedule();
    }
  }

  return {
    observe(call) {
      tallies.set(call.gateway, added(tallies.get(call.gateway), tallyOf(call, now())));
      schedule();
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await writing;
      await write();
    },
  };
}

function tallyOf(call: Parameters<GatewayActivityLog['observe']>[0], at: number): Tally {
  const { fault, credentials } = verdictOf(call);
  return {
    calls: 1,
    failures: fault === null ? 0 : 1,
    latencies: { [bucketOf(call.durationMs)]: 1 },
    successAt: fault === null ? at : null,
    error: fault && { ...fault, operation: call.operation, at },
    acceptedAt: credentials === 'accepted' ? at : null,
    rejectedAt: credentials === 'rejected' ? at : null,
  };
}

function added(earlier: Tally | undefined, later: Tally): Tally {
  if (earlier === undefined) return later;
  const latencies = { ...earlier.latencies };
  for (const [bucket, count] of Object.entries(later.latencies)) {
    latencies[Number(bucket)] = (latencies[Number(bucket)] ?? 0) + count;
  }
  return {
    calls: earlier.calls + later.calls,
    failures: earlier.failures + later.failures,
    latencies,
    successAt: later.successAt ?? earlier.successAt,
    error: later.error ?? earlier.error,
    acceptedAt: later.acceptedAt ?? earlier.acceptedAt,
    rejectedAt: later.rejectedAt ?? earlier.rejectedAt,
  };
}

function seen(gateway: string, tally: Tally, now: number): SeenActivity {
  const age = (at: number | null) => (at === null ? null : Math.max(0, now - at));
  const { calls, failures, latencies, error } = tally;
  return {
    gateway,
    calls,
    failures,
    latencies,
    successAgeMs: age(tally.successAt),
    errorAgeMs: age(error?.at ?? null),
    error: error && { category: error.category, code: error.code, operation: error.operation },
    acceptedAgeMs: age(tally.acceptedAt),
    rejectedAgeMs: age(tally.rejectedAt),
  };
}
