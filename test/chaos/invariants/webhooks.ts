import { GATEWAY_NAMES } from '../world/names.ts';
import type { Evidence } from './evidence.ts';
import type { Violation } from './violation.ts';

/** What may be told of one payment any number of times. */
const REPEATABLE = new Set([
  'payment.processing',
  'payment.waiting',
  'payment.action_required',
  'payment.declined',
]);

/** After what a payment does not go on. */
const ENDS = new Set(['payment.succeeded', 'payment.canceled', 'payment.failed']);

/** Every webhook that was acknowledged is there and was worked off, and had its effect once. */
export function checkWebhooks({ webhooks, receipts, events, payments }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const report = (
    invariant: Violation['invariant'],
    what: string,
    paymentId: string | null = null,
  ) =>
    violations.push({
      invariant,
      what,
      paymentId,
      purchase: payments.find(({ id }) => id === paymentId)?.orderId ?? null,
    });
  const known = new Map(receipts.map((row) => [`${row.gateway}/${row.eventId}`, row]));
  for (const gateway of GATEWAY_NAMES) {
    for (const { event, type, attempts } of webhooks[gateway].deliveries) {
      const wasTaken = attempts.some(({ status }) => status === 200);
      const row = known.get(`${gateway}/${event}`);
      if (wasTaken && !row)
        report('webhook lost', `${gateway} ${type} ${event} was acknowledged and is not there`);
    }
  }
  for (const { gateway, type, eventId, state, lastError } of receipts) {
    if (state === 'processed' || state === 'ignored') continue;
    report(
      'webhook lost',
      `${gateway} ${type} ${eventId} is ${state}: ${lastError ?? 'untouched'}`,
    );
  }
  for (const [paymentId, told] of Map.groupBy(events, (event) => event.paymentId)) {
    const counts = Map.groupBy(told, ({ type, objectId }) => `${type} of ${objectId}`);
    for (const [what, times] of counts) {
      if (times.length > 1 && !REPEATABLE.has(times[0]?.type ?? '')) {
        report('told twice', `${what} was told ${times.length} times`, paymentId);
      }
    }
    const untrue = told.find(
      ({ type, objectId }) =>
        type === 'refund.failed' &&
        told.some((other) => other.type === 'refund.succeeded' && other.objectId === objectId),
    );
    if (untrue)
      report(
        'told twice',
        `${untrue.objectId} was told to have failed and to have succeeded`,
        paymentId,
      );
    const ends = told.filter(({ type }) => ENDS.has(type));
    if (ends.length > 1) {
      report(
        'told twice',
        `it came to several ends: ${ends.map(({ type }) => type).join(', ')}`,
        paymentId,
      );
    }
    const count = payments.find(({ id }) => id === paymentId)?.eventCount;
    const gap = told.findIndex(({ sequence }, index) => sequence !== index + 1);
    if (gap !== -1 || count !== told.length) {
      report('told twice', `its events are not numbered 1 to ${count} without a gap`, paymentId);
    }
  }
  return violations;
}
