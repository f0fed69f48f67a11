import { z } from 'zod';
import type { Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitDispute } from './events.ts';
import type { Capture, Dispute, DisputeOutcome } from './model.ts';
import { chargeIdOf } from './model.ts';
import { refundableOf } from './money-taken.ts';
import { text } from './parameters.ts';
import { link } from './present.ts';
import { disputeState, presentDispute, presentDisputeBriefly } from './present-dispute.ts';

/** How long the seller has to answer. */
const ANSWER_SECONDS = 20 * 86_400;

export const DISPUTE_REASONS = [
  'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
  'MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED',
  'UNAUTHORISED',
  'CREDIT_NOT_PROCESSED',
  'DUPLICATE_TRANSACTION',
  'INCORRECT_AMOUNT',
  'PAYMENT_BY_OTHER_MEANS',
  'CANCELED_RECURRING_BILLING',
  'PROBLEM_WITH_REMITTANCE',
  'OTHER',
] as const;

const STATES = [
  'OPEN_INQUIRIES',
  'REQUIRED_ACTION',
  'REQUIRED_OTHER_PARTY_ACTION',
  'UNDER_PAYPAL_REVIEW',
  'APPEALABLE',
  'RESOLVED',
] as const;

const instant = z.iso.datetime({ offset: true });

/** Source: https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_list */
export const listDisputesParameters = z.strictObject({
  disputed_transaction_id: text(255)
    .regex(/^[0-9A-Z_]+$/)
    .optional(),
  dispute_state: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(STATES)))
    .optional(),
  next_page_token: text(255)
    .regex(/^[A-Za-z0-9+/=]+$/)
    .optional(),
  page_size: z.coerce.number().int().min(1).max(50).optional(),
  start_time: instant.optional(),
  update_time_after: instant.optional(),
  update_time_before: instant.optional(),
});

export const acceptClaimParameters = z
  .strictObject({
    accept_claim_reason: text(255).optional(),
    accept_claim_type: z.literal('REFUND').optional(),
    note: text(2000).optional(),
  })
  .optional();

/** `GET /v1/customer/disputes`, the newest first. */
export function listDisputes(
  work: Work,
  sent: z.output<typeof listDisputesParameters>,
): Result<object> {
  const { baseUrl, account } = work;
  const { disputed_transaction_id: transaction, dispute_state: states, page_size = 10 } = sent;
  const after = secondsOf(sent.update_time_after) ?? 0;
  const before = secondsOf(sent.update_time_before) ?? Infinity;
  const since = secondsOf(sent.start_time) ?? 0;
  const page = account.disputes.page(
    { limit: page_size, startingAfter: decodeCursor(sent.next_page_token) },
    (dispute) =>
      (transaction === undefined || dispute.capture.id === transaction) &&
      (states === undefined || states.includes(disputeState(dispute))) &&
      dispute.updated >= after &&
      dispute.updated <= before &&
      dispute.created >= since,
  );
  if (page.kind === 'unknown_cursor') {
    return refuse('INVALID_PARAMETER_VALUE', { field: 'next_page_token', location: 'query' });
  }
  const items = page.items.map((dispute) => ({
    ...presentDisputeBriefly(dispute, baseUrl),
    dispute_state: disputeState(dispute),
  }));
  const self = `${baseUrl}/v1/customer/disputes`;
  const last = page.items.at(-1);
  const cursor = Buffer.from(last?.id ?? '').toString('base64');
  return succeed({
    ...(items.length > 0 && { items }),
    links: [
      link(self, 'self'),
      ...(page.hasMore ? [link(`${self}?next_page_token=${cursor}`, 'next')] : []),
    ],
  });
}

/** `GET /v1/customer/disputes/{id}` */
export function retrieveDispute(work: Work, _: unknown, id: string): Result<object> {
  const dispute = work.account.disputes.get(id);
  if (dispute === undefined) return notFound('id', id);
  return succeed(presentDispute(dispute, work.baseUrl));
}

/** `POST /v1/customer/disputes/{id}/accept-claim`: the seller gives in, the buyer is paid back. */
export function acceptClaim(work: Work, _: unknown, id: string): Result<object> {
  const dispute = work.account.disputes.get(id);
  if (dispute === undefined) return notFound('id', id);
  if (dispute.outcome !== null) return refuse('DISPUTE_ALREADY_RESOLVED');
  resolveDispute(work, dispute, 'ACCEPTED');
  return succeed({ links: [link(`${work.baseUrl}/v1/customer/disputes/${id}`, 'self')] });
}

/** Opens a dispute over `amount` of a capture; the money is held back until it ends. */
export function openDispute(work: Work, capture: Capture, amount: bigint, reason: string): Dispute {
  const { account } = work;
  const created = account.clock.nowSeconds();
  const dispute: Dispute = {
    id: `PP-D-${account.newId('', 10).toUpperCase()}`,
    created,
    updated: created,
    capture,
    amount,
    reason,
    respondBy: created + ANSWER_SECONDS,
    outcome: null,
  };
  capture.disputes.push(dispute);
  account.disputes.add(dispute);
  record(work, 'dispute_opened', dispute);
  emitDispute(work, 'CUSTOMER.DISPUTE.CREATED', dispute);
  return dispute;
}

/** Ends a dispute: the money comes back to the seller, or goes to the buyer. */
export function resolveDispute(work: Work, dispute: Dispute, outcome: DisputeOutcome): void {
  dispute.outcome = outcome;
  dispute.updated = work.account.clock.nowSeconds();
  record(work, outcome === 'RESOLVED_SELLER_FAVOUR' ? 'dispute_won' : 'dispute_lost', dispute);
  emitDispute(work, 'CUSTOMER.DISPUTE.RESOLVED', dispute);
}

/** What of a capture could be disputed: neither refunded, nor lost, nor disputed already. */
export function disputableOf(capture: Capture): bigint {
  const isTaken = capture.status !== 'PENDING' && capture.status !== 'DECLINED';
  const isDisputed = capture.disputes.some((dispute) => dispute.outcome === null);
  return isTaken && !isDisputed ? refundableOf(capture) : 0n;
}

function secondsOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Math.floor(Date.parse(time) / 1000);
}

function decodeCursor(token: string | undefined): string | undefined {
  return token === undefined ? undefined : Buffer.from(token, 'base64').toString('utf8');
}

function record(
  work: Work,
  kind: 'dispute_opened' | 'dispute_won' | 'dispute_lost',
  { capture, amount }: Dispute,
): void {
  work.account.journal.record({
    kind,
    payment: capture.order.id,
    charge: chargeIdOf(capture),
    refund: null,
    amount,
    currency: capture.currency,
  });
}
