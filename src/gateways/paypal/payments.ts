import type { PaymentReport, RefundReport } from '../../domain/report.ts';
import type { Gateway, GatewayOutcome, ReadCall } from '../gateway.ts';
import { checkAmount, toPayPalMoney } from './amounts.ts';
import { failedOutcome, lookup, notRead } from '../json-answer.ts';
import type { Answer, Api } from './api.ts';
import type { Failure } from './errors.ts';
import {
  authorizationOf,
  declineOfCapture,
  readCapture,
  readOrder,
  readRefund,
  refundableCaptureOf,
  refundsOf,
  reportOf,
  withCapture,
  withoutAuthorization,
  type Order,
} from './mapping.ts';
import {
  agreed,
  declinedCompletion,
  isGone,
  isOfState,
  orderGone,
  outcomeOf,
  refusedHere,
} from './order-outcomes.ts';
import { completionBody, isKeptWallet, orderBody, sourceOf } from './order-requests.ts';
import { writeOurs } from './references.ts';

type PaymentOperations = Pick<
  Gateway,
  | 'createPayment'
  | 'confirmPayment'
  | 'completePayment'
  | 'capturePayment'
  | 'cancelPayment'
  | 'createRefund'
  | 'retrievePayment'
  | 'listRefunds'
>;

type Status = PaymentReport['status'];

const ORDERS = '/v2/checkout/orders';

/** Where an order stands that has got at least as far as the refused call would have brought it. */
const CAPTURED: readonly Status[] = ['succeeded', 'processing'];
const COMPLETED: readonly Status[] = [
  ...CAPTURED,
  'requires_capture',
  // And where the payer has to act once more, or it came to nothing: the order tells this too.
  'requires_action',
  'declined',
];
const CONFIRMED: readonly Status[] = [...COMPLETED, 'requires_completion'];

/**
 * Payments as PayPal's orders: https://developer.paypal.com/docs/api/orders/v2/
 *
 * An order is made first and charged by a call of its own, so that its id is stored before any money moves.
 */
export function createPayments(api: Api): PaymentOperations {
  const readPaymentById = (id: string, call: ReadCall): Promise<Answer<PaymentReport>> =>
    api.get(orderPath(id), readPayment, call);
  const readOrderById = (id: string, call: ReadCall): Promise<Answer<Order>> =>
    api.get(orderPath(id), readOrder, call);

  /** What the order says where a call was refused because of how it stands. */
  const asTheOrderStands = async (
    id: string,
    failure: Failure,
    done: readonly Status[],
    call: ReadCall,
  ): Promise<GatewayOutcome<PaymentReport>> => {
    const read = await readPaymentById(id, call);
    // An earlier try of the same call may have brought it there, so without the order nothing is certain.
    if (read.kind !== 'answered') return { kind: 'unknown', error: read.error };
    const report = read.value;
    if (done.includes(report.status)) return outcomeOf(report);
    return { kind: 'refused', error: failure.error, report };
  };

  return {
    async createPayment(request, call) {
      const problem = checkAmount(request.amount, request.currency);
      if (problem) return refusedHere(problem.code, problem.detail);
      const source = sourceOf(request);
      if (source.kind === 'missing') return refusedHere(source.code, source.detail);
      const created = await api.post(ORDERS, orderBody(request, source.body), readPayment, call);
      if (created.kind !== 'answered') return failedOutcome(created);
      return outcomeOf(isKeptWallet(request) ? agreed(created.value) : created.value);
    },

    async confirmPayment(request, call) {
      const source = sourceOf(request);
      if (source.kind === 'missing') return refusedHere(source.code, source.detail);
      const id = request.gatewayPaymentId;
      if (source.body === null) {
        const read = await readPaymentById(id, call);
        if (read.kind !== 'answered') {
          return isGone(read) ? orderGone(request, read.error) : notRead(read);
        }
        return outcomeOf(isKeptWallet(request) ? agreed(read.value) : read.value);
      }
      const path = `${orderPath(id)}/confirm-payment-source`;
      const confirmed = await api.post(path, { payment_source: source.body }, readPayment, call);
      if (confirmed.kind === 'answered') return outcomeOf(confirmed.value);
      if (isOfState(confirmed)) return asTheOrderStands(id, confirmed, CONFIRMED, call);
      return isGone(confirmed) ? orderGone(request, confirmed.error) : failedOutcome(confirmed);
    },

    async completePayment(request, call) {
      const id = request.gatewayPaymentId;
      const action = request.captureMethod === 'manual' ? 'authorize' : 'capture';
      const body = completionBody(request);
      const completed = await api.post(`${orderPath(id)}/${action}`, body, readPayment, call);
      if (completed.kind === 'answered') return outcomeOf(completed.value);
      if (isOfState(completed)) return asTheOrderStands(id, completed, COMPLETED, call);
      if (completed.kind === 'declined') return declinedCompletion(request, completed);
      if (!isGone(completed)) return failedOutcome(completed);
      // PayPal knows every order that was paid. Should this repeat a call that may have paid it, the credentials are
      // another account's, and nothing is concluded from that.
      return orderGone(request, { ...completed.error, category: 'authentication' });
    },

    async capturePayment(request, call) {
      const problem = checkAmount(request.amount, request.currency);
      if (problem) return refusedHere(problem.code, problem.detail);
      const id = request.gatewayPaymentId;
      const order = await readOrderById(id, call);
      if (order.kind !== 'answered') return notRead(order);
      const authorization = authorizationOf(order.value);
      if (!authorization) {
        const report = reportOf(order.value);
        return refusedHere(
          'not_authorized',
          'Nothing is authorized that could be captured',
          report,
        );
      }
      const amount = toPayPalMoney(request.amount, request.currency);
      // What is not captured is released, so there is no second capture.
      const body = { amount, final_capture: true };
      const path = `${authorizationPath(authorization)}/capture`;
      const captured = await api.post(path, body, readCapture, call);
      if (captured.kind !== 'answered') {
        return isOfState(captured)
          ? asTheOrderStands(id, captured, CAPTURED, call)
          : failedOutcome(captured);
      }
      const report = reportOf(withCapture(order.value, captured.value));
      const decline = declineOfCapture(captured.value);
      return decline ? { kind: 'declined', decline, report } : { kind: 'succeeded', report };
    },

    async cancelPayment(request, call) {
      const id = request.gatewayPaymentId;
      const order = await readOrderById(id, call);
      if (order.kind !== 'answered') return isGone(order) ? failedOutcome(order) : notRead(order);
      const report = reportOf(order.value);
      const authorization = authorizationOf(order.value);
      if (report.status === 'succeeded' || report.status === 'processing') {
        return refusedHere('already_charged', 'What was charged can only be refunded', report);
      }
      if (report.status !== 'requires_capture' || !authorization) {
        // PayPal has no way to cancel an order. It takes nothing by itself, and Tender never asks for it again.
        return { kind: 'succeeded', report: { ...report, status: 'canceled', action: null } };
      }
      const voided = await api.post(
        `${authorizationPath(authorization)}/void`,
        null,
        () => null,
        call,
      );
      if (voided.kind === 'answered') {
        return { kind: 'succeeded', report: reportOf(withoutAuthorization(order.value)) };
      }
      return isOfState(voided)
        ? asTheOrderStands(id, voided, ['canceled'], call)
        : failedOutcome(voided);
    },

    async createRefund(request, call): Promise<GatewayOutcome<RefundReport>> {
      const problem = checkAmount(request.amount, request.currency);
      if (problem) return refusedHere(problem.code, problem.detail);
      const id = request.gatewayPaymentId;
      const order = await readOrderById(id, call);
      if (order.kind !== 'answered') return notRead(order);
      const capture = refundableCaptureOf(order.value);
      if (!capture) return refusedHere('nothing_captured', 'Nothing is there to be refunded');
      const body = {
        amount: toPayPalMoney(request.amount, request.currency),
        custom_id: writeOurs(request.paymentId, request.refundId),
      };
      const path = `/v2/payments/captures/${encodeURIComponent(capture.id)}/refund`;
      const refund = await api.post(path, body, (json) => readRefund(json, id), call);
      return refund.kind === 'answered'
        ? { kind: 'succeeded', report: refund.value }
        : failedOutcome(refund);
    },

    retrievePayment: async (id, call) => lookup(await readPaymentById(id, call)),

    listRefunds: async (id, call) =>
      lookup(await api.get(orderPath(id), (json) => refundsOf(readOrder(json)), call)),
  };
}

function readPayment(json: unknown): PaymentReport {
  return reportOf(readOrder(json));
}

function orderPath(id: string): string {
  return `${ORDERS}/${encodeURIComponent(id)}`;
}

function authorizationPath({ id }: { id: string }): string {
  return `/v2/payments/authorizations/${encodeURIComponent(id)}`;
}
