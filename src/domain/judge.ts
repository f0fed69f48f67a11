import type { Attempt } from './attempt.ts';
import type { GatewayOutcome } from './outcome.ts';
import type { PaymentReport } from './report.ts';

/**
 * What a repeated call, with the same key, tells of the first one.
 *
 * A refusal that has to do with this moment (credentials, rate limits, no connection) says nothing of what the first
 * call did, so it leaves the outcome unknown. So does one because the payment method was used already: the first call
 * may be what has used it.
 */
export function judgeRepetition<T>(outcome: GatewayOutcome<T>): GatewayOutcome<T> {
  if (outcome.kind !== 'refused' || outcome.error.category === 'invalid_request') return outcome;
  return { kind: 'unknown', error: outcome.error };
}

/**
 * What the gateway's object, read by its id, tells of an attempt whose answer never came.
 *
 * @param settled whether so much time has passed that the call cannot be carried out any more
 * @returns `null` where it does not tell
 */
export function judgeReading(
  attempt: Attempt,
  report: PaymentReport,
  settled: boolean,
): GatewayOutcome<PaymentReport> | null {
  switch (attempt.operation) {
    case 'create':
      if (attempt.request.paymentMethod === undefined) return { kind: 'succeeded', report };
      return judgeCharge(report, settled);
    case 'confirm':
      return judgeCharge(report, settled);
    case 'complete':
      if (report.status !== 'requires_completion') return judgeCharge(report, settled);
      return settled ? undone(report, 'the gateway has not charged the payment') : null;
    case 'capture':
      // `processing` is a capture that the gateway still reviews.
      if (report.status === 'succeeded' || report.status === 'processing') {
        return { kind: 'succeeded', report };
      }
      if (report.status === 'canceled') return undone(report, 'the authorization was released');
      return settled ? undone(report, 'the gateway has not captured the payment') : null;
    case 'cancel':
      if (report.status === 'canceled') return { kind: 'succeeded', report };
      if (report.status === 'succeeded') return undone(report, 'the payment has succeeded');
      return settled ? undone(report, 'the gateway has not canceled the payment') : null;
  }
}

function judgeCharge(
  report: PaymentReport,
  settled: boolean,
): GatewayOutcome<PaymentReport> | null {
  if (report.status === 'requires_action' && report.action) {
    return { kind: 'requires_action', action: report.action, report };
  }
  if (report.status !== 'requires_payment_method' && report.status !== 'declined') {
    return { kind: 'succeeded', report };
  }
  if (report.decline) return { kind: 'declined', decline: report.decline, report };
  return settled ? undone(report, 'the gateway has not charged the payment') : null;
}

function undone(report: PaymentReport, message: string): GatewayOutcome<PaymentReport> {
  const error = {
    category: 'invalid_request' as const,
    code: 'not_executed',
    message,
    httpStatus: null,
    gatewayRequestId: null,
  };
  return { kind: 'refused', error, report };
}
