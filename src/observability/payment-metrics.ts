import { Counter, Histogram, type Registry } from 'prom-client';
import type { Currency } from '../domain/currency.ts';
import { toDecimal } from '../domain/money.ts';
import type { DisputeReason } from '../domain/report.ts';
import { labelOf } from './label.ts';

/**
 * Who has to act on a failed payment: the customer's bank, the customer, the merchant's own request, the gateway, or
 * Tender. Alerts on failures leave the first two out, since nobody on call can help there.
 */
export type FailureKind = 'issuer' | 'customer' | 'merchant' | 'gateway' | 'internal';

export type PaymentOperation =
  | 'create'
  | 'confirm'
  | 'complete'
  | 'capture'
  | 'cancel'
  | 'refund'
  | 'sync';

/** Counts what happens to payments and refunds. Call each after the change was committed, once per change. */
export interface PaymentMetrics {
  paymentCreated(labels: { gateway: string; currency: Currency }): void;
  /** @param payment.amount minor units that were captured */
  paymentCompleted(payment: { gateway: string; currency: Currency; amount: bigint }): void;
  paymentFailed(failure: { gateway: string; errorCode: string; kind: FailureKind }): void;
  paymentActionRequired(labels: { gateway: string }): void;
  /** How long Tender worked on one request, calls to the gateway included. */
  paymentProcessed(work: {
    gateway: string;
    operation: PaymentOperation;
    durationSeconds: number;
  }): void;
  /** A gateway's word that cannot be true together with what is stored. */
  paymentContradicted(labels: { gateway: string }): void;
  /** A gateway refused for the moment, and another one was asked. */
  paymentFailedOver(labels: { from: string; to: string }): void;
  refundCreated(labels: { gateway: string; currency: Currency }): void;
  refundCompleted(labels: { gateway: string; currency: Currency }): void;
  refundFailed(failure: { gateway: string; errorCode: string }): void;
  disputeCreated(labels: { gateway: string; reason: DisputeReason }): void;
  disputeEnded(labels: {
    gateway: string;
    reason: DisputeReason;
    end: 'won' | 'lost' | 'closed';
  }): void;
}

const PROCESSING_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40];

/** Registers the metrics of payments and refunds. */
export function createPaymentMetrics(registry: Registry): PaymentMetrics {
  const registers = [registry];
  const counter = <const L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });

  const created = counter('payment_created_total', 'Payments created.', ['gateway', 'currency']);
  const completed = counter('payment_completed_total', 'Payments captured in full or in part.', [
    'gateway',
    'currency',
  ]);
  const failed = counter(
    'payment_failed_total',
    'Attempts to pay that failed, by error code and by who has to act: issuer, customer, merchant, gateway, internal.',
    ['gateway', 'error_code', 'kind'],
  );
  const failedOver = counter(
    'payment_failovers_total',
    'Payments that went on to another gateway because one refused for the moment.',
    ['from_gateway', 'to_gateway'],
  );
  const actionRequired = counter(
    'payment_action_required_total',
    'Payments that asked their customer to act, such as 3-D Secure.',
    ['gateway'],
  );
  const amount = counter(
    'payment_amount_total',
    'Captured amounts in major units of the currency (12.50 is twelve and a half). For trends: the ledger is exact.',
    ['gateway', 'currency'],
  );
  const contradictions = counter(
    'payment_contradiction_total',
    'Reports of a gateway that cannot be true together with what is stored. Each wants a look.',
    ['gateway'],
  );
  const refundsCreated = counter('refund_created_total', 'Refunds created.', [
    'gateway',
    'currency',
  ]);
  const refundsCompleted = counter('refund_completed_total', 'Refunds that succeeded.', [
    'gateway',
    'currency',
  ]);
  const refundsFailed = counter('refund_failed_total', 'Refunds that failed, by error code.', [
    'gateway',
    'error_code',
  ]);
  const disputesCreated = counter('dispute_created_total', 'Disputes raised, by reason.', [
    'gateway',
    'reason',
  ]);
  const disputesEnded = {
    won: counter('dispute_won_total', 'Disputes won, by reason.', ['gateway', 'reason']),
    lost: counter('dispute_lost_total', 'Disputes lost, by reason.', ['gateway', 'reason']),
    closed: counter('dispute_closed_total', 'Disputes that ended without a decision, by reason.', [
      'gateway',
      'reason',
    ]),
  };
  const processing = new Histogram({
    name: 'payment_processing_duration_seconds',
    help: 'Time from the request to its answer, calls to the gateway included.',
    labelNames: ['gateway', 'operation'],
    buckets: PROCESSING_SECONDS,
    registers,
  });

  return {
    paymentCreated: (labels) => created.inc(labels),
    paymentCompleted: ({ gateway, currency, amount: captured }) => {
      completed.inc({ gateway, currency });
      amount.inc({ gateway, currency }, Number(toDecimal(captured, currency)));
    },
    paymentFailed: ({ gateway, errorCode, kind }) =>
      failed.inc({ gateway, error_code: labelOf(errorCode), kind }),
    paymentActionRequired: (labels) => actionRequired.inc(labels),
    paymentProcessed: ({ gateway, operation, durationSeconds }) =>
      processing.observe({ gateway, operation }, durationSeconds),
    paymentContradicted: (labels) => contradictions.inc(labels),
    paymentFailedOver: ({ from, to }) => failedOver.inc({ from_gateway: from, to_gateway: to }),
    refundCreated: (labels) => refundsCreated.inc(labels),
    refundCompleted: (labels) => refundsCompleted.inc(labels),
    refundFailed: ({ gateway, errorCode }) =>
      refundsFailed.inc({ gateway, error_code: labelOf(errorCode) }),
    disputeCreated: (labels) => disputesCreated.inc(labels),
    disputeEnded: ({ end, ...labels }) => disputesEnded[end].inc(labels),
  };
}
