import type { WebhookFault } from './fault-rules.ts';
import type { Faults } from './faults.ts';
import { createAttemptSender } from './webhook-attempt.ts';
import { createDeliveryQueue } from './webhook-queue.ts';
import type { Attempt, DeliveryQueue } from './webhook-queue.ts';

export type DeliveryState = 'queued' | 'held' | 'delivered' | 'given_up' | 'dropped';

/** One event on its way to the endpoint. A duplicated event has several deliveries. */
export type Delivery = {
  id: string;
  event: string;
  type: string;
  state: DeliveryState;
  attempts: Attempt[];
};

export type WebhookOptions = {
  url: string;
  /** Waits before the second, third, ... attempt; the last one repeats. */
  retryDelaysMs?: readonly number[];
  maxAttempts?: number;
  timeoutMs?: number;
};

/** An event to deliver; `onDelivered` is called at each 2xx, once a copy. */
export type OutgoingEvent = { id: string; type: string; body: string; onDelivered: () => void };

/** What has become of the webhooks; the deliveries are the latest ones, oldest first. */
export type WebhookReport = {
  endpoint: string | null;
  pending: number;
  held: number;
  delivered: number;
  givenUp: number;
  dropped: number;
  deliveries: Delivery[];
};

export type WebhookSender = {
  /** Whether an endpoint is configured; without one every event is let go at once. */
  readonly isConfigured: boolean;
  send: (event: OutgoingEvent) => void;
  /** Sends what was withheld, in the order of its events; tells how many there were. */
  release: () => number;
  report: () => WebhookReport;
  /** Resolves when nothing is queued, retried or delayed; withheld events do not count. */
  idle: () => Promise<void>;
  /** Forgets everything that was not sent yet, and the history. */
  reset: () => void;
  close: () => Promise<void>;
};

const MAX_CONCURRENT = 8;
const MAX_PENDING = 100_000;
const MAX_HISTORY = 5_000;
const DEFAULT_RETRIES_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
const DEFAULT_ATTEMPTS = 16;
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Builds the sender of signed webhooks: at most eight at a time over kept-alive connections,
 * again with growing waits until a 2xx or the last attempt. Webhook faults decide which events
 * are copied, delayed, reordered or withheld.
 */
export function createWebhookSender(
  options: WebhookOptions | undefined,
  sign: (body: string) => Record<string, string>,
  faults: Faults,
): WebhookSender {
  if (options === undefined) return silentSender();
  const queue = openQueue(options, sign);
  let held: (() => void)[] = [];
  let history: Delivery[] = [];
  let counts = { delivered: 0, givenUp: 0, dropped: 0 };
  let sequence = 0;

  const admit = (event: OutgoingEvent, fault: WebhookFault | undefined): void => {
    const { id, type, body, onDelivered } = event;
    sequence += 1;
    const delivery: Delivery = {
      id: `delivery_${sequence}`,
      event: id,
      type,
      state: 'queued',
      attempts: [],
    };
    history.push(delivery);
    if (history.length >= MAX_HISTORY * 2) history = history.slice(-MAX_HISTORY);
    if (queue.pending() + held.length >= MAX_PENDING) {
      delivery.state = 'dropped';
      counts.dropped += 1;
      return;
    }
    const settled = (state: 'delivered' | 'given_up'): void => {
      delivery.state = state;
      counts[state === 'delivered' ? 'delivered' : 'givenUp'] += 1;
      if (state === 'delivered') onDelivered();
    };
    const queued = { body, attempts: delivery.attempts, settled };
    switch (fault?.kind) {
      case 'delay':
        return queue.addLater(fault.ms, queued);
      case 'reorder':
        return queue.addReversed(fault.windowMs, queued);
      case 'withhold':
        delivery.state = 'held';
        held.push(() => {
          delivery.state = 'queued';
          queue.add(queued);
        });
        return;
      case 'duplicate':
      case undefined:
        return queue.add(queued);
    }
  };

  return {
    isConfigured: true,
    send(event) {
      const fault = faults.forWebhook(event.type);
      const copies = fault?.kind === 'duplicate' ? fault.times + 1 : 1;
      for (let copy = 0; copy < copies; copy += 1) admit(event, fault);
    },
    release() {
      const released = held;
      held = [];
      for (const letGo of released) letGo();
      return released.length;
    },
    report: () => ({
      endpoint: options.url,
      pending: queue.pending(),
      held: held.length,
      ...counts,
      deliveries: history.slice(-MAX_HISTORY),
    }),
    idle: queue.idle,
    reset() {
      queue.clear();
      held = [];
      history = [];
      counts = { delivered: 0, givenUp: 0, dropped: 0 };
    },
    close: queue.close,
  };
}

function openQueue(
  options: WebhookOptions,
  sign: (body: string) => Record<string, string>,
): DeliveryQueue {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return createDeliveryQueue({
    sender: createAttemptSender(options.url, { maxConnections: MAX_CONCURRENT, timeoutMs }),
    sign,
    maxConcurrent: MAX_CONCURRENT,
    maxAttempts: options.maxAttempts ?? DEFAULT_ATTEMPTS,
    retryDelaysMs: options.retryDelaysMs ?? DEFAULT_RETRIES_MS,
  });
}

/** Without an endpoint there is nobody to tell. */
function silentSender(): WebhookSender {
  return {
    isConfigured: false,
    send: () => undefined,
    release: () => 0,
    report: () => ({
      endpoint: null,
      pending: 0,
      held: 0,
      delivered: 0,
      givenUp: 0,
      dropped: 0,
      deliveries: [],
    }),
    idle: () => Promise.resolve(),
    reset: () => undefined,
    close: () => Promise.resolve(),
  };
}
