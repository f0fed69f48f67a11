import type { AttemptSender } from './webhook-attempt.ts';

/** One attempt as `GET /__sandbox/webhooks` shows it. */
export type Attempt = {
  at: string;
  status: number | null;
  error: string | null;
  durationMs: number;
};

/** A body on its way; `settled` is called once, when it arrived or was given up. */
export type QueuedDelivery = {
  readonly body: string;
  readonly attempts: Attempt[];
  settled: (state: 'delivered' | 'given_up') => void;
};

export type QueueOptions = {
  sender: AttemptSender;
  /** The headers of one attempt, so that each carries a fresh timestamp. */
  sign: (body: string) => Record<string, string>;
  maxConcurrent: number;
  maxAttempts: number;
  /** Waits before the second, third, ... attempt; the last one repeats. */
  retryDelaysMs: readonly number[];
};

/** Sends bodies until each has got a 2xx or was given up. */
export type DeliveryQueue = {
  add: (delivery: QueuedDelivery) => void;
  addLater: (ms: number, delivery: QueuedDelivery) => void;
  /** Collects what is added within `windowMs`, and sends that in the reverse order. */
  addReversed: (windowMs: number, delivery: QueuedDelivery) => void;
  /** How many are neither delivered nor given up. */
  pending: () => number;
  /** Resolves when nothing is pending. */
  idle: () => Promise<void>;
  /** Forgets what is pending. */
  clear: () => void;
  close: () => Promise<void>;
};

/** Builds a queue that makes at most `maxConcurrent` attempts at a time. */
export function createDeliveryQueue(options: QueueOptions): DeliveryQueue {
  const { sender, sign, maxConcurrent, maxAttempts, retryDelaysMs } = options;
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const waiters: (() => void)[] = [];
  const reversing: QueuedDelivery[] = [];
  // What waits for its turn is read from `taken` on: shifting a long array would be slow.
  let waiting: QueuedDelivery[] = [];
  let taken = 0;
  let pending = 0;
  let isClosed = false;
  // What was started before a clear must not count towards what comes after it.
  let generation = 0;

  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  const wake = (): void => {
    for (const resolve of waiters.splice(0)) resolve();
  };

  const settle = (delivery: QueuedDelivery, state: 'delivered' | 'given_up'): void => {
    pending -= 1;
    delivery.settled(state);
    if (pending === 0) wake();
  };

  const attempt = async (delivery: QueuedDelivery): Promise<void> => {
    const { attempts, body } = delivery;
    const startedIn = generation;
    const startedMs = Date.now();
    const outcome = await sender.post(sign(body), body);
    if (isClosed || startedIn !== generation) return;
    const at = new Date(startedMs).toISOString();
    attempts.push({ at, ...outcome, durationMs: Date.now() - startedMs });
    const { status } = outcome;
    if (status !== null && status >= 200 && status < 300) settle(delivery, 'delivered');
    else if (attempts.length >= maxAttempts) settle(delivery, 'given_up');
    else {
      const waitMs = retryDelaysMs[attempts.length - 1] ?? retryDelaysMs.at(-1) ?? 0;
      later(waitMs, () => enqueue(delivery));
    }
  };

  const start = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => {
      running.delete(work);
      pump();
    });
  };

  const pump = (): void => {
    while (!isClosed && running.size < maxConcurrent && taken < waiting.length) {
      const delivery = waiting[taken];
      taken += 1;
      if (delivery !== undefined) start(attempt(delivery));
    }
    if (taken === waiting.length) {
      waiting = [];
      taken = 0;
    }
  };

  const enqueue = (delivery: QueuedDelivery): void => {
    waiting.push(delivery);
    pump();
  };

  /** One after the other, so that the reversed order is the order of arrival. */
  const sendReversed = async (): Promise<void> => {
    for (const delivery of reversing.splice(0).reverse()) await attempt(delivery);
  };

  return {
    add(delivery) {
      pending += 1;
      enqueue(delivery);
    },
    addLater(ms, delivery) {
      pending += 1;
      later(ms, () => enqueue(delivery));
    },
    addReversed(windowMs, delivery) {
      pending += 1;
      reversing.push(delivery);
      if (reversing.length === 1) later(windowMs, () => start(sendReversed()));
    },
    pending: () => pending,
    idle: () => (pending === 0 ? Promise.resolve() : new Promise((done) => waiters.push(done))),
    clear() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      reversing.length = 0;
      waiting = [];
      taken = 0;
      pending = 0;
      generation += 1;
      wake();
    },
    async close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      sender.close();
      wake();
      await Promise.all(running);
    },
  };
}
