import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createCallMetrics, type CallMetrics } from './call-metrics.ts';
import { createPaymentMetrics, type PaymentMetrics } from './payment-metrics.ts';
import { createReadings, type Readers, type ReadingOptions } from './readings.ts';
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.ts';

/** Everything that a process counts, and the text in which Prometheus reads it. */
export interface Metrics extends PaymentMetrics, WebhookMetrics, CallMetrics {
  readonly contentType: string;
  /**
   * Has gauges show what these readers find whenever the metrics are read. May be called once, after what the readers
   * look at was built.
   */
  read(readers: Readers, options?: Partial<ReadingOptions>): void;
  /** The metrics in the text format of Prometheus. A reader that fails costs its own gauges only. */
  scrape(): Promise<string>;
}

export interface MetricsOptions {
  version: string;
  /** The limits at which alerts are raised; the rules read them from here, so that there is one place to set them. */
  thresholds: {
    /** The share of payments that fail, from 0 to 1. */
    paymentFailureRatio: number;
    gatewayLatencySeconds: number;
    webhookBacklog: number;
  };
}

const READING_OPTIONS: ReadingOptions = {
  // Longer than a health check may take, so that one that hangs shows as failed and not as missing.
  timeoutMs: 3_000,
  maxAgeMs: 5_000,
  now: () => performance.now(),
};

/** Makes the metrics of one process, its own memory, CPU and event loop among them. */
export function createMetrics({ version, thresholds }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  constant(registry, 'tender_build_info', 'The version that runs.', 1, { version });
  constant(
    registry,
    'payment_alert_payment_failure_threshold',
    'The share of failed payments that raises an alert, from 0 to 1.',
    thresholds.paymentFailureRatio,
  );
  constant(
    registry,
    'payment_alert_gateway_latency_threshold',
    'The seconds a call to a gateway may take before an alert is raised.',
    thresholds.gatewayLatencySeconds,
  );
  constant(
    registry,
    'payment_alert_webhook_backlog_threshold',
    'The number of waiting webhooks that raises an alert.',
    thresholds.webhookBacklog,
  );

  let refresh = async (): Promise<void> => undefined;
  return {
    ...createPaymentMetrics(registry),
    ...createWebhookMetrics(registry),
    ...createCallMetrics(registry),
    contentType: registry.contentType,
    read: (readers, options) => {
      refresh = createReadings(registry, readers, { ...READING_OPTIONS, ...options });
    },
    scrape: async () => {
      await refresh();
      return registry.metrics();
    },
  };
}

function constant(
  registry: Registry,
  name: string,
  help: string,
  value: number,
  labels: Record<string, string> = {},
): void {
  const labelNames = Object.keys(labels);
  new Gauge({ name, help, labelNames, registers: [registry] }).set(labels, value);
}
