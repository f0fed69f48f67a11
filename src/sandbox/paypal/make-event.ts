import type { Account, Work } from './account.ts';
import {
  approvalReversed,
  authorizationEvent,
  captureEvent,
  disputeEvent,
  orderEvent,
  refundEvent,
  vaultEvent,
} from './events.ts';
import type {
  AuthorizationEvent,
  CaptureEvent,
  DisputeEvent,
  EventContent,
  OrderEvent,
  RefundEvent,
  VaultEvent,
} from './events.ts';
import { exampleAccount, imaginedDispute, imaginedRefund } from './examples.ts';
import { legacySale } from './legacy-sale.ts';
import type { AuthorizationStatus, CaptureStatus, DisputeOutcome, RefundStatus } from './model.ts';

/** Makes an event about the newest thing in an account; undefined when there is none. */
type Maker = (work: Work, from: Account) => EventContent | undefined;

/** What each event is about. Source: https://developer.paypal.com/api/rest/webhooks/event-names/ */
const MAKERS: Readonly<Record<string, Maker>> = {
  ...table(
    {
      'CHECKOUT.ORDER.APPROVED': 'APPROVED',
      'CHECKOUT.ORDER.COMPLETED': 'COMPLETED',
      'CHECKOUT.ORDER.DECLINED': 'CREATED',
      'CHECKOUT.ORDER.SAVED': 'SAVED',
      'CHECKOUT.ORDER.VOIDED': 'VOIDED',
    } satisfies Record<OrderEvent, string>,
    (work, from, type, status) => {
      const order = from.orders.all().at(-1);
      const event = order && orderEvent(work, type, order);
      return event && { ...event, resource: { ...event.resource, status } };
    },
  ),
  'CHECKOUT.PAYMENT-APPROVAL.REVERSED': (_, from) => {
    const order = from.orders.all().at(-1);
    return order && approvalReversed(order);
  },
  ...table(
    {
      'PAYMENT.AUTHORIZATION.CREATED': 'CREATED',
      'PAYMENT.AUTHORIZATION.VOIDED': 'VOIDED',
    } satisfies Record<AuthorizationEvent, AuthorizationStatus>,
    (work, from, type, status) => {
      const newest = from.authorizations.all().at(-1);
      return newest && authorizationEvent(work, type, { ...newest, status });
    },
  ),
  ...table(
    {
      'PAYMENT.CAPTURE.COMPLETED': 'COMPLETED',
      'PAYMENT.CAPTURE.PENDING': 'PENDING',
      'PAYMENT.CAPTURE.DECLINED': 'DECLINED',
      'PAYMENT.CAPTURE.DENIED': 'DECLINED',
    } satisfies Record<CaptureEvent, CaptureStatus>,
    (work, from, type, status) => {
      const newest = from.captures.all().at(-1);
      return newest && captureEvent(work, type, { ...newest, status });
    },
  ),
  ...table(
    {
      'PAYMENT.CAPTURE.REFUNDED': 'COMPLETED',
      'PAYMENT.CAPTURE.REVERSED': 'COMPLETED',
      'PAYMENT.REFUND.PENDING': 'PENDING',
      'PAYMENT.REFUND.FAILED': 'FAILED',
    } satisfies Record<RefundEvent, RefundStatus>,
    (work, from, type, status) => {
      const capture = from.captures.all().at(-1);
      const newest =
        from.refunds.all().at(-1) ?? (capture && imaginedRefund(work.account, capture));
      return newest && refundEvent(work, type, { ...newest, status });
    },
  ),
  ...table(
    {
      'CUSTOMER.DISPUTE.CREATED': null,
      'CUSTOMER.DISPUTE.UPDATED': null,
      'CUSTOMER.DISPUTE.RESOLVED': 'RESOLVED_SELLER_FAVOUR',
    } satisfies Record<DisputeEvent, DisputeOutcome | null>,
    (work, from, type, otherwise) => {
      const capture = from.captures.all().at(-1);
      const newest =
        from.disputes.all().at(-1) ?? (capture && imaginedDispute(work.account, capture));
      const outcome = otherwise === null ? null : (newest?.outcome ?? otherwise);
      return newest && disputeEvent(work, type, { ...newest, outcome });
    },
  ),
  ...table(
    {
      'VAULT.PAYMENT-TOKEN.CREATED': null,
      'VAULT.PAYMENT-TOKEN.DELETED': null,
      'VAULT.PAYMENT-TOKEN.DELETION-INITIATED': null,
    } satisfies Record<VaultEvent, null>,
    (work, from, type) => {
      const newest = from.paymentTokens.all().at(-1);
      return newest && vaultEvent(work, type, newest);
    },
  ),
  ...table(
    {
      'PAYMENT.SALE.COMPLETED': 'completed',
      'PAYMENT.SALE.REFUNDED': 'refunded',
      'PAYMENT.SALE.REVERSED': 'reversed',
    },
    (work, from, _, state) => {
      const newest = from.captures.all().at(-1);
      return newest && legacySale(newest, state, work.baseUrl);
    },
  ),
};

/** Every type of event that can be made. */
export function eventTypes(): string[] {
  return Object.keys(MAKERS);
}

/**
 * What an event of `type` says about the newest thing that it can be about, or about an example;
 * null for a type that is not known.
 */
export function makeEvent(work: Work, type: string): EventContent | null {
  const make = Object.hasOwn(MAKERS, type) ? MAKERS[type] : undefined;
  if (make === undefined) return null;
  return make(work, work.account) ?? make(work, exampleAccount(work)) ?? null;
}

/** One maker for each of several types, told which type it is and what that stands for. */
function table<T extends string, V>(
  values: Record<T, V>,
  make: (work: Work, from: Account, type: T, value: V) => EventContent | undefined,
): Record<string, Maker> {
  const entries = Object.entries(values) as [T, V][];
  return Object.fromEntries(
    entries.map(([type, value]): [string, Maker] => [
      type,
      (work, from) => make(work, from, type, value),
    ]),
  );
}
