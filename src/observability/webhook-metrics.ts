import { Counter, Histogram, type Registry } from 'prom-client';
import { labelOf } from './label.ts';

/** What came of an event that was worked off. */
export type WebhookOutcome = 'applied' | 'ignored' | 'parked' | 'orphaned';

/** Counts the webhooks that gateways send, from the door to their effect. */
export interface WebhookMetrics {
  /** Verified and stored, deliveries that came before included. */
  webhookReceived(labels: { gateway: string; eventType: string }): void;
  /** Not taken for what it claims to be; nothing was stored. */
  webhookRejected(labels: { gateway: string; reason: string }): void;
  /** Worked off. `queueWaitSeconds` is the time from acceptance to the beginning of that. */
  webhookProcessed(work: {
    gateway: string;
    eventType: string;
    outcome: WebhookOutcome;
    durationSeconds: number;
    queueWaitSeconds: number;
  }): void;
  /** Could not be worked off this time: it is tried again, or buried as dead. */
  webhookFailed(failure: { gateway: string; eventType: string; next: 'retry' | 'dead' }): void;
}

const PROCESSING_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const WAIT_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200];

/** Registers the metrics of the webhooks that come in. */
export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry];
  const received = new Counter({
    name: 'webhook_received_total',
    help: 'Webhooks accepted: signature verified and stored, repeated deliveries included.',
    labelNames: ['gateway', 'event_type'],
    registers,
  });
  const rejected = new Counter({
    name: 'webhook_rejected_total',
    help: 'Deliveries turned away at the door, by reason. Nothing of them is stored.',
    labelNames: ['gateway', 'reason'],
    registers,
  });
  const processed = new Counter({
    name: 'webhook_processed_total',
    help: 'Webhooks worked off, by outcome: applied, ignored, parked, orphaned.',
    labelNames: ['gateway', 'event_type', 'outcome'],
    registers,
  });
  const failed = new Counter({
    name: 'webhook_failed_total',
    help: 'Tries to work off a webhook that failed, by what comes next: retry or dead.',
    labelNames: ['gateway', 'event_type', 'next'],
    registers,
  });
  const duration = new Histogram({
    name: 'webhook_processing_duration_seconds',
    help: 'Time to work off one webhook.',
    labelNames: ['gateway'],
    buckets: PROCESSING_SECONDS,
    registers,
  });
  const wait = new Histogram({
    name: 'webhook_queue_wait_seconds',
    help: 'Time from the acceptance of a webhook to the beginning of the work on it.',
    labelNames: ['gateway'],
    buckets: WAIT_SECONDS,
    registers,
  });

  return {
    webhookReceived: ({ gateway, eventType }) =>
      received.inc({ gateway: labelOf(gateway), event_type: labelOf(eventType) }),
    webhookRejected: ({ gateway, reason }) =>
      rejected.inc({ gateway: labelOf(gateway), reason: labelOf(reason) }),
    webhookProcessed: ({ gateway, eventType, outcome, durationSeconds, queueWaitSeconds }) => {
      processed.inc({ gateway, event_type: labelOf(eventType), outcome });
      duration.observe({ gateway }, durationSeconds);
      wait.observe({ gateway }, queueWaitSeconds);
    },
    webhookFailed: ({ gateway, eventType, next }) =>
      failed.inc({ gateway, event_type: labelOf(eventType), next }),
  };
}
