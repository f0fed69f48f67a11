import { newResourceId } from './account.ts';
import type { Work } from './account.ts';
import { answerWith, payOrder, refusalOf } from './complete-order.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import type { Order, OrderSource, PurchaseUnit } from './model.ts';
import type { CreateOrder } from './order-parameters.ts';
import { findOrder, ORDER_LIFETIME_SECONDS } from './orders-held.ts';
import { readAmount } from './parameters.ts';
import { readExperience, readSource } from './payment-sources.ts';
import { presentOrder } from './present.ts';

/**
 * `POST /v2/checkout/orders`. One purchase unit is taken; an order that names a saved wallet is paid
 * at once.
 */
export function createOrder(work: Work, sent: CreateOrder): Result<object> {
  const { account } = work;
  if (sent.payment_source !== undefined && work.requestId === null) {
    return refuse('PAYPAL_REQUEST_ID_REQUIRED');
  }
  const unit = readUnit(sent);
  if (!unit.ok) return unit;
  const source = readSource(work, sent.payment_source);
  if (!source.ok) return source;
  const order = newOrder(work, sent, unit.value, source.value);
  if (source.value.kind === 'vaulted') {
    const { instrument } = source.value.token;
    const refusal = refusalOf(work, order, instrument);
    if (refusal !== null) return refusal;
    account.orders.add(order);
    payOrder(work, order, instrument);
  } else {
    account.orders.add(order);
  }
  return succeed(answerWith(work, order));
}

/** `GET /v2/checkout/orders/{id}` */
export function retrieveOrder(work: Work, _: unknown, id: string): Result<object> {
  const order = findOrder(work.account, id);
  if (order === undefined) return notFound('order_id', id);
  return succeed(presentOrder(order, work.baseUrl));
}

function readUnit(sent: CreateOrder): Result<PurchaseUnit> {
  const [unit, ...others] = sent.purchase_units;
  if (unit === undefined || others.length > 0) {
    return refuse('NOT_SUPPORTED', { field: '/purchase_units/1', location: 'body' });
  }
  const read = readAmount(unit.amount, '/purchase_units/0/amount');
  if (!read.ok) return read;
  return succeed({
    referenceId: unit.reference_id ?? 'default',
    ...read.value,
    description: unit.description ?? null,
    customId: unit.custom_id ?? null,
    invoiceId: unit.invoice_id ?? null,
    softDescriptor: unit.soft_descriptor ?? null,
  });
}

function newOrder(work: Work, sent: CreateOrder, unit: PurchaseUnit, source: OrderSource): Order {
  const { account } = work;
  const created = account.clock.nowSeconds();
  return {
    id: newResourceId(account),
    created,
    updated: created,
    intent: sent.intent,
    unit,
    source,
    experience: readExperience(
      sent.payment_source?.paypal?.experience_context,
      sent.application_context,
    ),
    status: source.kind === 'wallet' ? 'PAYER_ACTION_REQUIRED' : 'CREATED',
    expiresAt: created + ORDER_LIFETIME_SECONDS,
    instrument: null,
    vaulted: null,
    authorizations: [],
    captures: [],
  };
}
