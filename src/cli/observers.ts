import type { StoredBreaker } from '../database/breakers.ts';
import type { ErrorCount } from '../database/error-summary.ts';
import type { Dispute } from '../domain/dispute.ts';
import type { EventType } from '../domain/event.ts';
import type { Payment } from '../domain/payment.ts';
import type { GatewayCall } from '../gateways/observed.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { FailureKind } from '../observability/payment-metrics.ts';
import type { PaymentObserver } from '../payments/dependencies.ts';
import type { WebhookObserver } from '../webhooks/inbound/dependencies.ts';

/** Who has to act on each kind of failure. What is not listed is the issuer's decision. */
const FAILURE_KINDS: Readonly<Record<string, FailureKind>> = {
  authentication_required: 'customer',
  authentication_failed: 'customer',
  incorrect_cvc: 'customer',
  incorrect_number: 'customer',
  incorrect_postal_code: 'customer',
  expired_card: 'customer',
  expired: 'customer',
  refused: 'gateway',
  not_charged: 'gateway',
  processing_error: 'gateway',
  currency_not_supported: 'merchant',
  amount_not_allowed: 'merchant',
  payment_method_not_usable: 'merchant',
};

/** Turns what happens to payments into counters and log lines. */
export function observePayments(metrics: Metrics, log: Logger): PaymentObserver {
  return {
    told({ type, payment, refund, dispute = null }) {
      if (dispute) countDispute(metrics, type, dispute);
      else count(metrics, type, payment, refund?.failureCode ?? null);
      log.info(
        {
          'event.action': type,
          'payment.id': payment.id,
          'payment.status': payment.status,
          'gateway.name': payment.gateway,
          ...(refund ? { 'refund.id': refund.id } : {}),
          ...(dispute ? { 'dispute.id': dispute.id } : {}),
        },
        type,
      );
    },
    processed: ({ gateway, operation, durationMs }) =>
      metrics.paymentProcessed({ gateway, operation, durationSeconds: durationMs / 1_000 }),
    contradiction(payment, detail) {
      metrics.paymentContradicted({ gateway: payment.gateway });
      log.error(
        { 'payment.id': payment.id, 'gateway.name': payment.gateway },
        `A contradiction that somebody has to look at: ${detail}`,
      );
    },
    failedOver({ payment, from, to, detail }) {
      metrics.paymentFailedOver({ from, to });
      log.warn(
        { 'payment.id': payment.id, 'gateway.name': to },
        `${from} refused for the moment and ${to} was asked instead: ${detail}`,
      );
    },
    unknownOutcome({ payment, detail }) {
      log.warn(
        { 'payment.id': payment.id, 'gateway.name': payment.gateway },
        `The outcome of a call is unknown and will be asked for: ${detail}`,
      );
    },
  };
}

function count(metrics: Metrics, type: string, payment: Payment, refundFailure: string | null) {
  const { gateway, currency } = payment;
  switch (type) {
    case 'payment.created':
      return metrics.paymentCreated({ gateway, currency });
    case 'payment.succeeded':
      return metrics.paymentCompleted({ gateway, currency, amount: payment.amountCaptured });
    case 'payment.declined':
    case 'payment.failed': {
      const errorCode = payment.lastError?.code ?? 'unknown';
      const kind = FAILURE_KINDS[errorCode] ?? 'issuer';
      return metrics.paymentFailed({ gateway, errorCode, kind });
    }
    case 'payment.action_required':
      return metrics.paymentActionRequired({ gateway });
    case 'refund.created':
      return metrics.refundCreated({ gateway, currency });
    case 'refund.succeeded':
      return metrics.refundCompleted({ gateway, currency });
    case 'refund.failed':
      return metrics.refundFailed({ gateway, errorCode: refundFailure ?? 'unknown' });
    default:
      return undefined;
  }
}

function countDispute(metrics: Metrics, type: EventType, { gateway, reason }: Dispute): void {
  if (type === 'dispute.created') metrics.disputeCreated({ gateway, reason });
  if (type === 'dispute.won') metrics.disputeEnded({ gateway, reason, end: 'won' });
  if (type === 'dispute.lost') metrics.disputeEnded({ gateway, reason, end: 'lost' });
  if (type === 'dispute.closed') metrics.disputeEnded({ gateway, reason, end: 'closed' });
}

/** Turns a call to a gateway into a measurement and a log line with the id of the request that caused it. */
export function observeGatewayCall(metrics: Metrics, log: Logger, call: GatewayCall): void {
  const { gateway, operation, outcome, durationMs, requestId, error } = call;
  metrics.gatewayRequest({ gateway, operation, outcome, durationSeconds: durationMs / 1_000 });
  log[error === null ? 'info' : 'warn'](
    {
      ...(error === null ? {} : { 'error.code': error.code, 'error.message': error.message }),
      'gateway.name': gateway,
      'event.action': operation,
      'event.outcome': outcome,
      'event.duration': Math.round(durationMs * 1e6),
      'http.request.id': requestId,
    },
    `${gateway} ${operation}: ${outcome}`,
  );
}

/** Says that a gateway is left alone, tried again, or back. */
export function observeBreaker(
  metrics: Metrics,
  log: Logger,
  { gateway, breaker: { state, cause } }: { gateway: string; breaker: StoredBreaker },
): void {
  metrics.gatewayBreakerChanged({ gateway, state });
  const about = { 'gateway.name': gateway, 'event.action': `breaker.${state}` };
  if (state === 'closed') log.warn(about, `${gateway} answers again and takes new payments`);
  if (state === 'half_open') log.info(about, `${gateway} is tried again`);
  if (state !== 'open') return;
  log.error(
    { ...about, 'error.code': cause?.code },
    `${gateway} does not answer (${cause?.code ?? 'unknown'}): new payments are kept from it, what was begun goes on`,
  );
}

/** Turns what happens to webhooks into counters and log lines. */
export function observeWebhooks(metrics: Metrics, log: Logger): WebhookObserver {
  return {
    received: (webhook) => metrics.webhookReceived(webhook),
    rejected(webhook) {
      metrics.webhookRejected(webhook);
      log.warn(
        { 'gateway.name': webhook.gateway, 'event.reason': webhook.reason },
        `A webhook was turned away: ${webhook.reason}`,
      );
    },
    worked({ gateway, eventType, eventId, requestId, outcome, durationMs, waitedMs }) {
      metrics.webhookProcessed({
        gateway,
        eventType,
        outcome,
        durationSeconds: durationMs / 1_000,
        queueWaitSeconds: waitedMs / 1_000,
      });
      log[outcome === 'orphaned' ? 'error' : 'info'](
        {
          'gateway.name': gateway,
          'webhook.event_id': eventId,
          'webhook.event_type': eventType,
          'http.request.id': requestId,
          'event.outcome': outcome,
        },
        outcome === 'orphaned'
          ? 'A webhook about a payment of ours that is not here'
          : `webhook ${outcome}`,
      );
    },
    failed({ gateway, eventType, eventId, requestId, next, error }) {
      metrics.webhookFailed({ gateway, eventType, next });
      log.error(
        {
          err: error,
          'gateway.name': gateway,
          'webhook.event_id': eventId,
          'webhook.event_type': eventType,
          'http.request.id': requestId,
        },
        next === 'dead'
          ? 'A webhook is given up after too many tries; it can be replayed'
          : 'A webhook could not be worked off and will be tried again',
      );
    },
    signalFailed: (error) =>
      log.warn({ err: error }, 'Webhooks are stored, but the workers could not be told at once'),
  };
}

/** Says once a day what went wrong, in one line that people can read and programs can take apart. */
export function tellErrors(log: Logger): (errors: readonly ErrorCount[]) => void {
  return (errors) => {
    if (errors.length === 0) return log.info('Errors of the last day: none');
    const told = errors.map(({ gateway, operation, outcome, code, count }) =>
      [`${count}x`, gateway, operation, outcome, ...(code === null ? [] : [code])].join(' '),
    );
    log.warn(
      { 'event.action': 'error_summary', 'error.counts': errors },
      `Errors of the last day: ${told.join(', ')}`,
    );
  };
}
