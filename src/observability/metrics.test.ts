import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

const make = () =>
  createMetrics({
    version: '1.2.3',
    thresholds: { paymentFailureRatio: 0.02, gatewayLatencySeconds: 3, webhookBacklog: 50 },
  });

/** The samples of the text format, without the comments. */
async function samples(metrics: ReturnType<typeof make>): Promise<string[]> {
  return (await metrics.scrape())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('every counter and histogram has its name and its labels', async () => {
  const metrics = make();
  const gateway = 'stripe';
  metrics.paymentCreated({ gateway, currency: 'EUR' });
  metrics.paymentCompleted({ gateway, currency: 'EUR', amount: 1250n });
  metrics.paymentCompleted({ gateway, currency: 'JPY', amount: 1250n });
  metrics.paymentFailed({ gateway, errorCode: 'card_declined', kind: 'issuer' });
  metrics.paymentActionRequired({ gateway });
  metrics.paymentProcessed({ gateway, operation: 'create', durationSeconds: 0.02 });
  metrics.paymentContradicted({ gateway });
  metrics.refundCreated({ gateway, currency: 'EUR' });
  metrics.refundCompleted({ gateway, currency: 'EUR' });
  metrics.refundFailed({ gateway, errorCode: 'expired_or_canceled_card' });
  metrics.webhookReceived({ gateway, eventType: 'payment_intent.succeeded' });
  metrics.webhookRejected({ gateway, reason: 'signature_mismatch' });
  metrics.webhookProcessed({
    gateway,
    eventType: 'charge.refunded',
    outcome: 'applied',
    durationSeconds: 0.004,
    queueWaitSeconds: 0.2,
  });
  metrics.webhookFailed({ gateway, eventType: 'charge.refunded', next: 'retry' });
  metrics.httpRequest({ method: 'GET', route: '/a/:id', statusCode: 404, durationSeconds: 0.003 });
  metrics.authenticationFailed({ reason: 'unknown' });
  metrics.gatewayRequest({ gateway, operation: 'capture', outcome: 'unknown', durationSeconds: 9 });
  metrics.databaseQuery({ query: 'payment_find', durationSeconds: 0.001 });

  expect(await samples(metrics)).toEqual(
    expect.arrayContaining([
      'payment_created_total{gateway="stripe",currency="EUR"} 1',
      'payment_completed_total{gateway="stripe",currency="EUR"} 1',
      'payment_failed_total{gateway="stripe",error_code="card_declined",kind="issuer"} 1',
      'payment_action_required_total{gateway="stripe"} 1',
      'payment_amount_total{gateway="stripe",currency="EUR"} 12.5',
      'payment_amount_total{gateway="stripe",currency="JPY"} 1250',
      'payment_processing_duration_seconds_count{gateway="stripe",operation="create"} 1',
      'payment_contradiction_total{gateway="stripe"} 1',
      'refund_created_total{gateway="stripe",currency="EUR"} 1',
      'refund_completed_total{gateway="stripe",currency="EUR"} 1',
      'refund_failed_total{gateway="stripe",error_code="expired_or_canceled_card"} 1',
      'webhook_received_total{gateway="stripe",event_type="payment_intent.succeeded"} 1',
      'webhook_rejected_total{gateway="stripe",reason="signature_mismatch"} 1',
      'webhook_processed_total{gateway="stripe",event_type="charge.refunded",outcome="applied"} 1',
      'webhook_failed_total{gateway="stripe",event_type="charge.refunded",next="retry"} 1',
      'webhook_processing_duration_seconds_sum{gateway="stripe"} 0.004',
      'webhook_queue_wait_seconds_sum{gateway="stripe"} 0.2',
      'http_request_duration_seconds_count{method="GET",route="/a/:id",status_class="4xx"} 1',
      'http_authentication_failures_total{reason="unknown"} 1',
      'gateway_request_duration_seconds_sum{gateway="stripe",operation="capture",outcome="unknown"} 9',
      'db_query_duration_seconds_count{query="payment_find"} 1',
      'payment_alert_payment_failure_threshold 0.02',
      'payment_alert_gateway_latency_threshold 3',
      'payment_alert_webhook_backlog_threshold 50',
      'tender_build_info{version="1.2.3"} 1',
    ]),
  );
});

test('a name that a stranger made up becomes "other" instead of a time series', async () => {
  const metrics = make();
  metrics.webhookReceived({ gateway: 'stripe', eventType: 'x'.repeat(65) });
  metrics.webhookReceived({ gateway: 'stripe', eventType: 'a"} 1\nfake 1' });
  metrics.paymentFailed({ gateway: 'stripe', errorCode: '', kind: 'gateway' });
  const lines = await samples(metrics);
  expect(lines).toContain('webhook_received_total{gateway="stripe",event_type="other"} 2');
  expect(lines).toContain(
    'payment_failed_total{gateway="stripe",error_code="other",kind="gateway"} 1',
  );
});

test('the process tells of itself: memory, CPU, event loop', async () => {
  const text = await make().scrape();
  for (const name of [
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect(text).toContain(`# HELP ${name} `);
  }
});

test('two processes in one keep their counts apart', async () => {
  const first = make();
  const second = make();
  first.paymentActionRequired({ gateway: 'stripe' });
  expect((await samples(second)).join('\n')).not.toContain('payment_action_required_total{');
});

test('every metric has a help text', async () => {
  const text = await make().scrape();
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(30);
  for (const name of names) expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.{5,}`, 'm'));
});
