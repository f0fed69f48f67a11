import type { Work } from './account.ts';
import { openAuthorization } from './holds.ts';
import { openCapture } from './captures.ts';
import { asOutcome, notFound, refuse, succeed } from './errors.ts';
import type { Refused, Result } from './errors.ts';
import { emitOrder } from './events.ts';
import type { Instrument, Order } from './model.ts';
import type { CompleteOrder } from './order-parameters.ts';
import { findOrder } from './orders-held.ts';
import { approvalUrl, link, presentOrder, presentOrderBriefly } from './present.ts';
import { readSource } from './payment-sources.ts';
import { saveWallet } from './payment-tokens.ts';

/** `POST /v2/checkout/orders/{id}/capture` */
export function captureOrder(work: Work, sent: CompleteOrder, id: string): Result<object> {
  const order = findOrder(work.account, id);
  if (order === undefined) return notFound('order_id', id);
  if (order.intent !== 'CAPTURE') return refuse('ACTION_DOES_NOT_MATCH_INTENT');
  if (order.status === 'COMPLETED') return refuse('ORDER_ALREADY_CAPTURED');
  return complete(work, order, sent);
}

/** `POST /v2/checkout/orders/{id}/authorize` */
export function authorizeOrder(work: Work, sent: CompleteOrder, id: string): Result<object> {
  const order = findOrder(work.account, id);
  if (order === undefined) return notFound('order_id', id);
  if (order.intent !== 'AUTHORIZE') return refuse('ACTION_DOES_NOT_MATCH_INTENT');
  if (order.status === 'COMPLETED') return refuse('ORDER_ALREADY_AUTHORIZED');
  return complete(work, order, sent);
}

function complete(work: Work, order: Order, sent: CompleteOrder): Result<object> {
  const given = sent?.payment_source;
  if (given !== undefined) {
    const source = readSource(work, given);
    if (!source.ok) return source;
    // A wallet that was not saved has to be approved by its owner first.
    if (source.value.kind !== 'vaulted') {
      const action = link(approvalUrl(work.baseUrl, order), 'payer-action');
      return refuse('PAYER_ACTION_REQUIRED', {}, [action]);
    }
    order.source = source.value;
  }
  const instrument =
    order.source.kind === 'vaulted' ? order.source.token.instrument : order.instrument;
  if (instrument === null) return refuse('ORDER_NOT_APPROVED');
  const refusal = refusalOf(work, order, instrument);
  if (refusal !== null) return refusal;
  payOrder(work, order, instrument);
  const answer = answerWith(work, order);
  if (order.vaulted !== null) order.vaulted.isTold = true;
  return succeed(answer);
}

/** Why an order cannot be paid with `instrument`; null when it can. */
export function refusalOf(work: Work, order: Order, instrument: Instrument): Refused | null {
  const { invoiceId } = order.unit;
  const payer = invoiceId === null ? undefined : work.account.invoices.get(invoiceId);
  if (payer !== undefined && payer !== order) return refuse('DUPLICATE_INVOICE_ID');
  if (instrument === 'good') return null;
  // Only a buyer who came through the hosted page can go back there for other funding.
  const redirect = link(approvalUrl(work.baseUrl, order), 'redirect');
  const links = order.status === 'APPROVED' ? [redirect] : [];
  return asOutcome(refuse('INSTRUMENT_DECLINED', {}, links));
}

/** Takes or holds the money of an order, and saves the wallet if that was asked for. */
export function payOrder(work: Work, order: Order, instrument: Instrument): void {
  const { account } = work;
  const { invoiceId, amount } = order.unit;
  if (invoiceId !== null) account.invoices.set(invoiceId, order);
  order.status = 'COMPLETED';
  order.updated = account.clock.nowSeconds();
  order.instrument = instrument;
  if (order.intent === 'AUTHORIZE') {
    openAuthorization(work, order, amount, null);
  } else {
    const capture = openCapture(work, order, {
      authorization: null,
      amount,
      isFinal: true,
      invoiceId,
    });
    if (capture.status === 'DECLINED') return;
    if (capture.status === 'COMPLETED') emitOrder(work, 'CHECKOUT.ORDER.COMPLETED', order);
  }
  if (order.source.kind === 'wallet' && order.source.vault !== null) {
    const token = saveWallet(work, order, order.source.vault);
    order.vaulted = { token, isTold: !work.hasBehaviour('vaulting_late') };
  }
}

/** An order as `Prefer` asks for it. */
export function answerWith(work: Work, order: Order): object {
  return work.wantsAll
    ? presentOrder(order, work.baseUrl)
    : presentOrderBriefly(order, work.baseUrl);
}
