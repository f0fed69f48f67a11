import { decimalNumber, port, trueOrFalse, wholeNumber } from '../value-types.ts';
import type { Command, VariableGroup } from '../variable.ts';

const USED_BY = ['api', 'worker', 'start'] as const satisfies Command[];

export const monitoring = {
  title: 'Monitoring',
  introduction:
    'Metrics have a port of their own. The thresholds are published as gauges, from which the alert rules read them.',
  variables: {
    PAYMENT_PROMETHEUS_ENABLED: {
      type: trueOrFalse(),
      description: 'Whether metrics are served.',
      example: 'true',
      default: 'true',
      usedBy: USED_BY,
    },
    PAYMENT_PROMETHEUS_PORT: {
      type: port(),
      description: 'The port of the metrics, for API and worker; 0 takes any that is free.',
      example: '8001',
      default: '8001',
      usedBy: USED_BY,
    },
    PAYMENT_ALERT_PAYMENT_FAILURE_THRESHOLD: {
      type: decimalNumber(0, 1),
      description: 'The share of failed payments that raises an alert: 0.02 is 2 %.',
      example: '0.02',
      default: '0.02',
      usedBy: USED_BY,
    },
    PAYMENT_ALERT_GATEWAY_LATENCY_THRESHOLD: {
      type: decimalNumber(0, 600),
      description: 'The seconds that calls to a gateway may take before an alert is raised.',
      example: '3.0',
      default: '3.0',
      usedBy: USED_BY,
    },
    PAYMENT_ALERT_WEBHOOK_BACKLOG_THRESHOLD: {
      type: wholeNumber(1, 1_000_000_000),
      description: 'The number of waiting webhooks that raises an alert.',
      example: '50',
      default: '50',
      usedBy: USED_BY,
    },
  },
} as const satisfies VariableGroup;
