import { z } from 'zod';
import type { PaymentReport, SavedMethodReport } from '../../domain/report.ts';
import type { CreatePayment, Gateway, GatewayOutcome, MoneyCall, ReadCall } from '../gateway.ts';
import { failedOutcome, lookup, notRead } from '../json-answer.ts';
import { furtherKey, type Answer, type Api } from './api.ts';
import { refusedHere } from './errors.ts';
import {
  checkAmount,
  parsePayment,
  readRefund,
  readSavedCard,
  reportPayment,
  toSquareMoney,
  within,
  writeRefundReason,
  type SquarePayment,
} from './mapping.ts';

type Payments = Pick<
  Gateway,
  | 'createPayment'
  | 'confirmPayment'
  | 'completePayment'
  | 'capturePayment'
  | 'cancelPayment'
  | 'createRefund'
  | 'retrievePayment'
  | 'findPayment'
  | 'listRefunds'
>;

/** A payment is looked for among those made within a minute of it, and some for clocks that differ. */
const SEARCH_MS = 90_000;
const PAGE_SIZE = 100;
const MAX_PAGES = 100;

/** The lengths that Square takes: https://developer.squareup.com/reference/square/payments-api/create-payment */
const NOTE_LENGTH = 500;
const DESCRIPTOR_LENGTH = 20;

const paymentIn = within('payment', parsePayment);
/** Only what tells one from another: the account may have payments of kinds that Tender never makes. */
const Page = z.object({
  payments: z.array(z.object({ id: z.string(), reference_id: z.string().nullish() })).default([]),
  cursor: z.string().nullish(),
});

/** Payments and their refunds at one location of Square. */
export function createPayments(
  api: Api,
  { locationId, currency: ofLocation }: { locationId: string; currency: string },
): Payments {
  const read = (id: string, call: ReadCall) =>
    api.get(`/v2/payments/${encodeURIComponent(id)}`, paymentIn, call);

  const change = (id: string, step: 'complete' | 'cancel', body: object | null, call: ReadCall) =>
    api.send('POST', `/v2/payments/${encodeURIComponent(id)}/${step}`, body, paymentIn, call);

  /** Where Square refuses a step because of where the payment stands, the payment itself tells what is true. */
  const judged = async (
    answer: Answer<SquarePayment>,
    id: string,
    wanted: PaymentReport['status'],
    call: ReadCall,
  ): Promise<GatewayOutcome<PaymentReport>> => {
    if (answer.kind === 'answered') return outcomeOf(answer.value);
    if (answer.kind !== 'refused' || answer.error.category !== 'invalid_request') {
      return failedOutcome(answer);
    }
    const standing = await read(id, call);
    if (standing.kind !== 'answered') {
      // The step may be refused because an earlier call has taken it already, and nobody could tell now.
      const isElsewhere = standing.error.httpStatus === 404;
      return isElsewhere ? notRead(standing) : { kind: 'unknown', error: standing.error };
    }
    const report = reportPayment(standing.value);
    return report.status === wanted
      ? { kind: 'succeeded', report }
      : { kind: 'refused', error: answer.error, report };
  };

  const retrievePayment: Payments['retrievePayment'] = async (id, call) => {
    const found = lookup(await read(id, call));
    return found.kind === 'found' ? { ...found, report: reportPayment(found.report) } : found;
  };

  return {
    async createPayment(request, call) {
      const problem = checkAmount(request.amount, request.currency, ofLocation);
      if (problem) return failedOutcome(refusedHere(problem.code, problem.detail));
      if (request.paymentMethod === null) {
        return failedOutcome(refusedHere('source_id_missing', 'Square needs a payment method'));
      }
      const body = createBody(request, request.paymentMethod, locationId, call);
      const answer = await api.send('POST', '/v2/payments', body, paymentIn, call);
      if (answer.kind !== 'answered') return failedOutcome(answer);
      const outcome = outcomeOf(answer.value);
      const { savePaymentMethod, gatewayCustomerId } = request;
      if (outcome.kind !== 'succeeded' || !savePaymentMethod || gatewayCustomerId === null) {
        return outcome;
      }
      const savedMethod = await saveCard(api, answer.value.id, gatewayCustomerId, call);
      return { kind: 'succeeded', report: { ...outcome.report, savedMethod } };
    },

    /** Each try makes a payment of its own here, so that none is left to be confirmed. */
    async confirmPayment() {
      return failedOutcome(
        refusedHere('payment_exists', 'The payment was tried at Square already; make another one'),
      );
    },

    async completePayment() {
      return failedOutcome(refusedHere('nothing_to_complete', 'Square charges when it is asked'));
    },

    async capturePayment({ gatewayPaymentId: id, amount, currency }, call) {
      const problem = checkAmount(amount, currency, ofLocation);
      if (problem) return failedOutcome(refusedHere(problem.code, problem.detail));
      const standing = await read(id, call);
      if (standing.kind !== 'answered') return notRead(standing);
      const report = reportPayment(standing.value);
      if (report.status === 'succeeded') {
        return report.amountCaptured === amount
          ? { kind: 'succeeded', report }
          : { ...failedOutcome(refusedHere('already_captured', 'It is captured already')), report };
      }
      if (report.status !== 'requires_capture' || amount > report.amountCapturable) {
        const refusal = refusedHere('not_capturable', `A payment that is ${report.status}`);
        return { kind: 'refused', error: refusal.error, report };
      }
      let version = standing.value.version_token;
      // Square captures all of a payment, so one that is captured in part is lowered first:
      // https://developer.squareup.com/docs/payments-api/update-payments
      if (amount !== standing.value.amount_money.amount) {
        const path = `/v2/payments/${encodeURIComponent(id)}`;
        const payment = { amount_money: toSquareMoney(amount, currency), version_token: version };
        const body = { idempotency_key: furtherKey(call.idempotencyKey, 'a'), payment };
        const lowered = await api.send('PUT', path, body, paymentIn, call);
        if (lowered.kind !== 'answered') return failedOutcome(lowered);
        version = lowered.value.version_token;
      }
      const body = version ? { version_token: version } : {};
      return judged(await change(id, 'complete', body, call), id, 'succeeded', call);
    },

    async cancelPayment({ gatewayPaymentId: id }, call) {
      return judged(await change(id, 'cancel', null, call), id, 'canceled', call);
    },

    async createRefund({ gatewayPaymentId, amount, currency, reason, refundId }, call) {
      const problem = checkAmount(amount, currency, ofLocation);
      if (problem) return failedOutcome(refusedHere(problem.code, problem.detail));
      const body = {
        idempotency_key: call.idempotencyKey,
        payment_id: gatewayPaymentId,
        amount_money: toSquareMoney(amount, currency),
        reason: writeRefundReason(reason, refundId),
      };
      const refundIn = within('refund', readRefund);
      const answer = await api.send('POST', '/v2/refunds', body, refundIn, call);
      return answer.kind === 'answered'
        ? { kind: 'succeeded', report: answer.value }
        : failedOutcome(answer);
    },

    retrievePayment,

    async findPayment({ reference, createdAt }, call) {
      if (reference.attemptId === null) return { kind: 'not_found' };
      const around = {
        begin_time: new Date(createdAt.getTime() - SEARCH_MS).toISOString(),
        end_time: new Date(createdAt.getTime() + SEARCH_MS).toISOString(),
        location_id: locationId,
        limit: String(PAGE_SIZE),
      };
      let cursor: string | null = null;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const query: string = new URLSearchParams({
          ...around,
          ...(cursor ? { cursor } : {}),
        }).toString();
        const listed = lookup(
          await api.get(`/v2/payments?${query}`, (json) => Page.parse(json), call),
        );
        if (listed.kind !== 'found') return listed;
        const { payments } = listed.report;
        const found = payments.find((each) => each.reference_id === reference.attemptId);
        // The list tells how the payment was; the payment itself tells how it is.
        if (found) return retrievePayment(found.id, call);
        cursor = listed.report.cursor ?? null;
        if (cursor === null) return { kind: 'not_found' };
      }
      return { kind: 'not_found' };
    },

    async listRefunds(id, call) {
      const payment = lookup(await read(id, call));
      if (payment.kind !== 'found') return payment;
      const refunds = [];
      for (const refundId of payment.report.refund_ids ?? []) {
        const path = `/v2/refunds/${encodeURIComponent(refundId)}`;
        const refund = lookup(await api.get(path, within('refund', readRefund), call));
        if (refund.kind === 'unavailable') return refund;
        if (refund.kind === 'found') refunds.push(refund.report);
      }
      return { kind: 'found', report: refunds };
    },
  };
}

/** A payment that failed comes as a success where it is replayed, and is a decline all the same. */
function outcomeOf(payment: SquarePayment): GatewayOutcome<PaymentReport> {
  const report = reportPayment(payment);
  return report.decline
    ? { kind: 'declined', decline: report.decline, report: null }
    : { kind: 'succeeded', report };
}

function createBody(
  request: CreatePayment,
  paymentMethod: string,
  locationId: string,
  { idempotencyKey }: MoneyCall,
) {
  const [sourceId, verificationToken] = paymentMethod.split('|', 2);
  const note = [request.orderId, request.description].filter((text) => text !== null).join(': ');
  const descriptor = request.statementDescriptor;
  return {
    idempotency_key: idempotencyKey,
    source_id: sourceId,
    ...(verificationToken ? { verification_token: verificationToken } : {}),
    amount_money: toSquareMoney(request.amount, request.currency),
    autocomplete: request.captureMethod === 'automatic',
    location_id: locationId,
    reference_id: request.reference.attemptId,
    ...(request.gatewayCustomerId === null ? {} : { customer_id: request.gatewayCustomerId }),
    // Without its customer a payment needs no verification of them: https://developer.squareup.com/docs/sca-overview
    ...(request.offSession ? { customer_details: { customer_initiated: false } } : {}),
    ...(note === '' ? {} : { note: cut(note, NOTE_LENGTH) }),
    ...(descriptor === null
      ? {}
      : { statement_description_identifier: cut(descriptor, DESCRIPTOR_LENGTH) }),
  };
}

/** The beginning of a text, without half of a character at its end. */
function cut(text: string, length: number): string {
  return text.length <= length
    ? text
    : text
        .slice(0, length)
        .toWellFormed()
        .replace(/\ufffd$/, '');
}

/** The card of a payment that went through. That it cannot be kept takes nothing from the payment. */
async function saveCard(
  api: Api,
  paymentId: string,
  gatewayCustomerId: string,
  call: MoneyCall,
): Promise<SavedMethodReport | null> {
  const body = {
    idempotency_key: furtherKey(call.idempotencyKey, 'c'),
    source_id: paymentId,
    card: { customer_id: gatewayCustomerId },
  };
  const saved = await api.send('POST', '/v2/cards', body, within('card', readSavedCard), call);
  return saved.kind === 'answered' ? saved.value : null;
}
