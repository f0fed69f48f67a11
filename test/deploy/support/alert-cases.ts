/** What Prometheus has scraped, once a minute: a series and its values in promtool's notation. */
export type Series = Readonly<Record<string, string>>;

/** Circumstances in which one alert has to fire, and others, near to them, in which it must not. */
export interface AlertCase {
  alert: string;
  /** The labels that the alert carries, besides its name and severity. */
  labels?: Readonly<Record<string, string>>;
  firing: Series;
  quiet: readonly Series[];
  /** When to look, in promtool's notation. */
  at?: string;
}

const API = 'job="payment-api", instance="a"';
const THRESHOLDS = {
  'payment_alert_payment_failure_threshold{instance="a"}': '0.02x90',
  'payment_alert_gateway_latency_threshold{instance="a"}': '3x90',
  'payment_alert_webhook_backlog_threshold{instance="a"}': '50x90',
  'payment_alert_webhook_backlog_threshold{instance="b"}': '50x90',
};
const scheduled = (schedule: string, every: number, age: number): Series => ({
  [`schedule_every_seconds{schedule="${schedule}", instance="a"}`]: `${every}x90`,
  [`schedule_age_seconds{schedule="${schedule}", instance="a"}`]: `${age}x90`,
  [`schedule_age_seconds{schedule="${schedule}", instance="b"}`]: `${age}x90`,
});
const gatewayState = (available: string, enabled: string): Series => ({
  'payment_gateway_available{gateway="alpha", instance="a"}': available,
  'payment_gateway_available{gateway="alpha", instance="b"}': '1x90',
  'payment_gateway_enabled{gateway="alpha", instance="a"}': enabled,
});
const ended = (completed: string, failed: string, kind: string): Series => ({
  ...THRESHOLDS,
  'payment_completed_total{gateway="alpha", currency="EUR"}': completed,
  [`payment_failed_total{gateway="alpha", error_code="x", kind="${kind}"}`]: failed,
});
const gatewayCalls = (fast: string, slow: string): Series => ({
  ...THRESHOLDS,
  'gateway_request_duration_seconds_bucket{gateway="alpha", le="3"}': fast,
  'gateway_request_duration_seconds_bucket{gateway="alpha", le="10"}': slow,
  'gateway_request_duration_seconds_bucket{gateway="alpha", le="+Inf"}': slow,
});
const outcomes = (succeeded: string, unknown: string): Series => ({
  'gateway_request_duration_seconds_count{gateway="alpha", outcome="succeeded"}': succeeded,
  'gateway_request_duration_seconds_count{gateway="alpha", outcome="unknown"}': unknown,
});
const breakerChanges = (state: string, values: string): Series => ({
  [`gateway_breaker_changes_total{gateway="alpha", state="${state}", instance="a"}`]: values,
});
const refusals = (reason: string, gateway: string, values: string): Series => ({
  [`http_overload_refusals_total{reason="${reason}", gateway="${gateway}", ${API}}`]: values,
});
const gauge = (name: string, value: number | string): Series => ({
  // The same on every process: rules must not add it up.
  [`${name}{instance="a"}`]: `${value}x90`,
  [`${name}{instance="b"}`]: `${value}x90`,
});
const requests = (ok: string, failed: string): Series => ({
  [`http_request_duration_seconds_count{${API}, route="/api/v1/payments", status_class="2xx"}`]: ok,
  [`http_request_duration_seconds_count{${API}, route="/api/v1/payments", status_class="5xx"}`]:
    failed,
});
const durations = (fast: string, all: string): Series => ({
  [`http_request_duration_seconds_bucket{${API}, route="/api/v1/payments", le="1"}`]: fast,
  [`http_request_duration_seconds_bucket{${API}, route="/api/v1/payments", le="+Inf"}`]: all,
  [`http_request_duration_seconds_count{${API}, route="/api/v1/payments"}`]: all,
});

export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: 'PaymentGatewayUnavailable',
    labels: { gateway: 'alpha' },
    firing: gatewayState('1x5 0x80', '1x90'),
    // It answers; it is down and operators have switched it off.
    quiet: [gatewayState('1x90', '1x90'), gatewayState('0x90', '0x90')],
  },
  {
    alert: 'HighPaymentFailureRate',
    firing: ended('0+95x90', '0+5x90', 'gateway'),
    // Declines; one in a hundred; too few payments to say anything.
    quiet: [
      ended('0+60x90', '0+40x90', 'issuer'),
      ended('0+60x90', '0+40x90', 'customer'),
      ended('0+99x90', '0+1x90', 'gateway'),
      ended('0+1x90', '0+1x90', 'gateway'),
    ],
  },
  {
    alert: 'HighGatewayLatency',
    labels: { gateway: 'alpha' },
    firing: gatewayCalls('0+80x90', '0+100x90'),
    quiet: [gatewayCalls('0+99x90', '0+100x90')],
  },
  {
    alert: 'GatewayOutcomesUnknown',
    labels: { gateway: 'alpha' },
    firing: outcomes('0+90x90', '0+10x90'),
    quiet: [outcomes('0+990x90', '0+10x90')],
  },
  {
    alert: 'PaymentGatewayComesAndGoes',
    labels: { gateway: 'alpha' },
    at: '31m',
    firing: breakerChanges('closed', '0 1x9 2x9 3x9 4x60'),
    // It is away and tried again and again; it was away once.
    quiet: [
      breakerChanges('open', '0+2x90'),
      breakerChanges('half_open', '0+2x90'),
      breakerChanges('closed', '0x10 1x80'),
    ],
  },
  {
    alert: 'PaymentsRefusedForLoad',
    labels: { reason: 'gateway_calls', gateway: 'alpha' },
    firing: refusals('gateway_calls', 'alpha', '0+12x90'),
    // A burst that was over soon; a refusal now and then.
    quiet: [refusals('event_loop', '', '0x5 100x85'), refusals('database', '', '0+3x90')],
  },
  {
    alert: 'UnknownOutcomesTooOld',
    firing: gauge('payment_unknown_oldest_age_seconds', 901),
    quiet: [gauge('payment_unknown_oldest_age_seconds', 600)],
  },
  {
    alert: 'PaymentContradiction',
    labels: { gateway: 'alpha' },
    firing: { 'payment_contradiction_total{gateway="alpha"}': '0x10 1x80' },
    quiet: [{ 'payment_contradiction_total{gateway="alpha"}': '3x90' }],
  },
  {
    alert: 'CapturesExpiring',
    at: '40m',
    firing: gauge('payment_capture_expiring', 1),
    quiet: [gauge('payment_capture_expiring', 0)],
  },
  {
    alert: 'AuditLogUnsealed',
    firing: gauge('audit_unsealed_oldest_age_seconds', 301),
    quiet: [gauge('audit_unsealed_oldest_age_seconds', 2)],
  },
  {
    alert: 'LedgerDifferences',
    firing: gauge('ledger_differences', 1),
    // None, and none any more once the next check has passed.
    quiet: [gauge('ledger_differences', 0), gauge('ledger_differences', '2x10 0')],
  },
  {
    alert: 'LedgerUnchecked',
    firing: gauge('ledger_check_age_seconds', 172_801),
    // The next check of the day is late, and that is all.
    quiet: [gauge('ledger_check_age_seconds', 90_000)],
  },
  {
    alert: 'ScheduleMissed',
    labels: { schedule: 'security_scan' },
    firing: scheduled('security_scan', 2_678_400, 3_352_000),
    quiet: [
      // A quarter of its time late, and an hour, is not missed yet.
      scheduled('security_scan', 2_678_400, 3_351_000),
      scheduled('ledger_checkpoint', 60, 3_600),
      // That one has an alert of its own.
      scheduled('ledger_check', 86_400, 172_000),
    ],
  },
  {
    alert: 'WebhookProcessingBacklog',
    firing: { ...THRESHOLDS, ...gauge('payment_webhook_queue_depth', 51) },
    // Two processes that both see 30 waiting are not 60.
    quiet: [
      { ...THRESHOLDS, ...gauge('payment_webhook_queue_depth', 30) },
      { ...THRESHOLDS, 'payment_webhook_queue_depth{instance="a"}': '0x16 500x3 0x70' },
    ],
  },
  {
    alert: 'WebhookInboxStalled',
    firing: gauge('payment_webhook_oldest_age_seconds', 901),
    quiet: [gauge('payment_webhook_oldest_age_seconds', 60)],
  },
  {
    alert: 'WebhooksDead',
    firing: gauge('webhook_dead', 1),
    quiet: [gauge('webhook_dead', 0)],
  },
  {
    alert: 'WebhooksOrphaned',
    firing: gauge('webhook_orphaned', 1),
    quiet: [gauge('webhook_orphaned', 0)],
  },
  {
    alert: 'ReconciliationDifferencesOpen',
    labels: { gateway: 'alpha' },
    firing: { 'reconciliation_oldest_difference_age_seconds{gateway="alpha"}': '86500x90' },
    // None, and one that is being seen to.
    quiet: [
      { 'reconciliation_oldest_difference_age_seconds{gateway="alpha"}': '0x90' },
      { 'reconciliation_oldest_difference_age_seconds{gateway="alpha"}': '7200x90' },
    ],
  },
  {
    alert: 'WebhooksRejected',
    labels: { gateway: 'alpha', reason: 'signature_wrong' },
    firing: { 'webhook_rejected_total{gateway="alpha", reason="signature_wrong"}': '0+2x90' },
    // A stray one now and then; a scanner that asks for gateways that are none.
    quiet: [
      { 'webhook_rejected_total{gateway="alpha", reason="signature_wrong"}': '0x10 3x80' },
      { 'webhook_rejected_total{gateway="unknown", reason="gateway_unknown"}': '0+100x90' },
    ],
  },
  {
    alert: 'PaymentApiMissing',
    firing: { 'up{job="payment-api", instance="a"}': '1x5 0x90' },
    quiet: [
      {
        'up{job="payment-api", instance="a"}': '0x90',
        'up{job="payment-api", instance="b"}': '1x90',
      },
    ],
  },
  {
    alert: 'WebhookWorkerMissing',
    // Prometheus does not even know of one.
    firing: { 'up{job="payment-api", instance="a"}': '1x90' },
    quiet: [{ 'up{job="payment-webhook-worker", instance="a"}': '1x90' }],
  },
  {
    alert: 'WebhookWorkerHanging',
    labels: { instance: 'a' },
    firing: { 'worker_health{instance="a"}': '0x90', 'worker_health{instance="b"}': '1x90' },
    quiet: [{ 'worker_health{instance="a"}': '1x90' }],
  },
  {
    alert: 'DatabaseUnreachable',
    firing: {
      'health_check{check="database", instance="a"}': '1x5 0x90',
      'health_check{check="database", instance="b"}': '1x90',
    },
    quiet: [{ 'health_check{check="database", instance="a"}': '1x90' }],
  },
  {
    alert: 'RedisUnreachable',
    labels: { job: 'payment-api' },
    firing: { [`health_check{${API}, check="redis"}`]: '0x90' },
    quiet: [{ [`health_check{${API}, check="redis"}`]: '1x90' }],
  },
  {
    alert: 'DatabasePoolExhausted',
    labels: { job: 'payment-api', instance: 'a' },
    firing: { [`db_connections{${API}, state="waiting"}`]: '4x90' },
    quiet: [
      { [`db_connections{${API}, state="waiting"}`]: '0x16 9x1 0x1 9x1 0x70' },
      { [`db_connections{${API}, state="in_use"}`]: '16x90' },
    ],
  },
  {
    alert: 'MigrationBehind',
    firing: gauge('schema_migrations_missing', 1),
    quiet: [gauge('schema_migrations_missing', 0)],
  },
  {
    alert: 'MetricsReadingFailing',
    labels: { job: 'payment-api', reading: 'inbox' },
    firing: { [`metrics_reading_failures_total{${API}, reading="inbox"}`]: '0+4x90' },
    quiet: [{ [`metrics_reading_failures_total{${API}, reading="inbox"}`]: '0x10 2x80' }],
  },
  {
    alert: 'CertificateExpiring',
    labels: { instance: 'outside' },
    at: '61m',
    // promtool's clock starts at 0.
    firing: { 'probe_ssl_earliest_cert_expiry{instance="outside"}': '864000x90' },
    quiet: [{ 'probe_ssl_earliest_cert_expiry{instance="outside"}': '7776000x90' }],
  },
  {
    alert: 'WrongTokensFlood',
    firing: { 'http_authentication_failures_total{reason="unknown"}': '0+600x90' },
    quiet: [{ 'http_authentication_failures_total{reason="unknown"}': '0+30x90' }],
  },
  {
    alert: 'PaymentApiErrorsBudgetBurnsFast',
    at: '20m',
    firing: requests('0+980x90', '0+20x90'),
    quiet: [requests('0+999x90', '0+1x90'), requests('0+1000x90', '0x18 100x70')],
  },
  {
    alert: 'PaymentApiErrorsBudgetBurnsSlowly',
    at: '40m',
    firing: requests('0+990x90', '0+10x90'),
    quiet: [requests('0+9998x90', '0+2x90')],
  },
  {
    alert: 'PaymentApiSlowBudgetBurnsFast',
    at: '20m',
    firing: durations('0+20x90', '0+100x90'),
    quiet: [durations('0+97x90', '0+100x90')],
  },
  {
    alert: 'PaymentApiSlowBudgetBurnsSlowly',
    at: '40m',
    firing: durations('0+60x90', '0+100x90'),
    quiet: [durations('0+97x90', '0+100x90')],
  },
];
