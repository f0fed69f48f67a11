import { BUYER, MERCHANT } from './account.ts';
import { presentMoney } from './currencies.ts';
import type { Link } from './errors.ts';
import type { Authorization, Capture, Order, PaymentToken, Refund } from './model.ts';
import { chargeIdOf, moneyOf } from './model.ts';
import { processingFee } from './money-taken.ts';

/** How PayPal writes a time, given in seconds since the epoch. */
export function presentTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** A link to a resource of the API. */
export function link(href: string, rel: string, method = 'GET'): Link {
  return { href, rel, method };
}

const SELLER_PROTECTION = {
  status: 'ELIGIBLE',
  dispute_categories: ['ITEM_NOT_RECEIVED', 'UNAUTHORIZED_TRANSACTION'],
};

/** The payer as orders show him once he approved. */
export const PAYER = {
  name: { given_name: BUYER.givenName, surname: BUYER.surname },
  email_address: BUYER.email,
  payer_id: BUYER.id,
  address: { country_code: BUYER.country },
};

/** Where the buyer of an order approves it. */
export function approvalUrl(baseUrl: string, order: Order): string {
  return `${baseUrl}/checkoutnow?token=${order.id}`;
}

export function presentOrder(order: Order, baseUrl: string): object {
  const { unit } = order;
  const hasPayer = order.instrument !== null || order.status === 'COMPLETED';
  return {
    id: order.id,
    intent: order.intent,
    status: order.status,
    ...presentSource(order, baseUrl),
    purchase_units: [
      {
        reference_id: unit.referenceId,
        amount: presentMoney(moneyOf(unit)),
        payee: { email_address: MERCHANT.email, merchant_id: MERCHANT.id },
        ...(unit.description !== null && { description: unit.description }),
        ...presentReferences(unit),
        ...(unit.softDescriptor !== null && { soft_descriptor: unit.softDescriptor }),
        ...presentPayments(order, baseUrl),
      },
    ],
    ...(hasPayer && { payer: PAYER }),
    create_time: presentTime(order.created),
    update_time: presentTime(order.updated),
    links: orderLinks(order, baseUrl),
  };
}

/** What PayPal answers when `Prefer` asks for no more. */
export function presentOrderBriefly(order: Order, baseUrl: string): object {
  const payments = presentPayments(order, baseUrl);
  return {
    id: order.id,
    status: order.status,
    ...presentSource(order, baseUrl),
    ...(payments !== undefined && {
      purchase_units: [{ reference_id: order.unit.referenceId, ...payments }],
      payer: PAYER,
    }),
    links: orderLinks(order, baseUrl),
  };
}

export function presentAuthorization(authorization: Authorization, baseUrl: string): object {
  const { id, status, order } = authorization;
  const self = `${baseUrl}/v2/payments/authorizations/${id}`;
  return {
    id,
    status,
    amount: presentMoney(moneyOf(authorization)),
    ...presentReferences(order.unit),
    seller_protection: SELLER_PROTECTION,
    expiration_time: presentTime(authorization.expiresAt),
    links: [
      link(self, 'self'),
      link(`${self}/capture`, 'capture', 'POST'),
      link(`${self}/void`, 'void', 'POST'),
      link(`${self}/reauthorize`, 'reauthorize', 'POST'),
      link(`${baseUrl}/v2/checkout/orders/${order.id}`, 'up'),
    ],
    create_time: presentTime(authorization.created),
    update_time: presentTime(authorization.updated),
  };
}

/** An authorization or capture by itself tells whose it is, and what it belongs to. */
export function withContext(presented: object, payment: Authorization | Capture): object {
  const authorization = 'authorization' in payment ? payment.authorization : null;
  return {
    ...presented,
    supplementary_data: {
      related_ids: {
        order_id: payment.order.id,
        ...(authorization !== null && { authorization_id: authorization.id }),
      },
    },
    payee: { email_address: MERCHANT.email, merchant_id: MERCHANT.id },
  };
}

export function presentCapture(capture: Capture, baseUrl: string): object {
  const { id, status, order, authorization } = capture;
  const self = `${baseUrl}/v2/payments/captures/${id}`;
  const isTaken = status !== 'PENDING' && status !== 'DECLINED';
  const parent =
    authorization === null
      ? `${baseUrl}/v2/checkout/orders/${order.id}`
      : `${baseUrl}/v2/payments/authorizations/${chargeIdOf(capture)}`;
  return {
    id,
    status,
    ...(status === 'PENDING' && { status_details: { reason: 'PENDING_REVIEW' } }),
    amount: presentMoney(moneyOf(capture)),
    final_capture: capture.isFinal,
    ...presentReferences(capture),
    disbursement_mode: 'INSTANT',
    seller_protection: SELLER_PROTECTION,
    ...(isTaken && { seller_receivable_breakdown: breakdown(capture) }),
    links: [link(self, 'self'), link(`${self}/refund`, 'refund', 'POST'), link(parent, 'up')],
    create_time: presentTime(capture.created),
    update_time: presentTime(capture.updated),
  };
}

export function presentRefund(refund: Refund, baseUrl: string): object {
  const { id, status, capture, noteToPayer } = refund;
  const { currency } = capture;
  const amount = presentMoney({ amount: refund.amount, currency });
  return {
    id,
    status,
    ...(status === 'PENDING' && { status_details: { reason: 'ECHECK' } }),
    amount,
    ...presentReferences(refund),
    ...(noteToPayer !== null && { note_to_payer: noteToPayer }),
    seller_payable_breakdown: {
      gross_amount: amount,
      paypal_fee: presentMoney({ amount: 0n, currency }),
      net_amount: amount,
      total_refunded_amount: presentMoney({ amount: refund.totalRefunded, currency }),
    },
    links: [
      link(`${baseUrl}/v2/payments/refunds/${id}`, 'self'),
      link(`${baseUrl}/v2/payments/captures/${capture.id}`, 'up'),
    ],
    create_time: presentTime(refund.created),
    update_time: presentTime(refund.updated),
  };
}

export function presentPaymentToken(token: PaymentToken, baseUrl: string): object {
  const self = `${baseUrl}/v3/vault/payment-tokens/${token.id}`;
  return {
    id: token.id,
    customer: { id: token.customer },
    payment_source: {
      paypal: {
        ...(token.description !== null && { description: token.description }),
        ...(token.usageType !== null && { usage_type: token.usageType }),
        email_address: BUYER.email,
        payer_id: BUYER.id,
        name: PAYER.name,
      },
    },
    links: [link(self, 'self'), link(self, 'delete', 'DELETE')],
  };
}

/** `custom_id` and `invoice_id`, where they are set. */
function presentReferences(from: { customId: string | null; invoiceId: string | null }): object {
  return {
    ...(from.customId !== null && { custom_id: from.customId }),
    ...(from.invoiceId !== null && { invoice_id: from.invoiceId }),
  };
}

function presentSource(order: Order, baseUrl: string): object | undefined {
  const { source, vaulted } = order;
  if (order.instrument === null && order.status !== 'COMPLETED') {
    return source.kind === 'wallet' ? { payment_source: { paypal: {} } } : undefined;
  }
  const vault = vaulted === null ? undefined : presentVaulting(order, vaulted, baseUrl);
  return {
    payment_source: {
      paypal: {
        email_address: BUYER.email,
        account_id: BUYER.id,
        account_status: 'VERIFIED',
        name: PAYER.name,
        address: PAYER.address,
        ...(vault !== undefined && { attributes: { vault } }),
      },
    },
  };
}

/** PayPal may still be saving the wallet when it answers: then the id is told by a webhook. */
function presentVaulting(
  order: Order,
  { token, isTold }: NonNullable<Order['vaulted']>,
  baseUrl: string,
): object {
  if (!isTold) {
    const up = link(`${baseUrl}/v2/checkout/orders/${order.id}`, 'up');
    return { status: 'APPROVED', links: [up] };
  }
  const self = `${baseUrl}/v3/vault/payment-tokens/${token.id}`;
  return {
    id: token.id,
    status: 'VAULTED',
    customer: { id: token.customer },
    links: [
      link(self, 'self'),
      link(self, 'delete', 'DELETE'),
      link(`${baseUrl}/v2/checkout/orders/${order.id}`, 'up'),
    ],
  };
}

function presentPayments(order: Order, baseUrl: string): { payments: object } | undefined {
  const { authorizations, captures } = order;
  const refunds = captures.flatMap((capture) => capture.refunds);
  if (authorizations.length + captures.length === 0) return undefined;
  return {
    payments: {
      ...(authorizations.length > 0 && {
        authorizations: authorizations.map((one) => presentAuthorization(one, baseUrl)),
      }),
      ...(captures.length > 0 && {
        captures: captures.map((one) => presentCapture(one, baseUrl)),
      }),
      ...(refunds.length > 0 && { refunds: refunds.map((one) => presentRefund(one, baseUrl)) }),
    },
  };
}

function orderLinks(order: Order, baseUrl: string): Link[] {
  const self = `${baseUrl}/v2/checkout/orders/${order.id}`;
  const links = [link(self, 'self')];
  const action = order.intent === 'CAPTURE' ? 'capture' : 'authorize';
  switch (order.status) {
    case 'CREATED':
      links.push(link(approvalUrl(baseUrl, order), 'approve'));
      links.push(link(self, 'update', 'PATCH'), link(`${self}/${action}`, action, 'POST'));
      break;
    case 'PAYER_ACTION_REQUIRED':
      links.push(link(approvalUrl(baseUrl, order), 'payer-action'));
      break;
    case 'APPROVED':
      links.push(link(self, 'update', 'PATCH'), link(`${self}/${action}`, action, 'POST'));
      break;
    case 'COMPLETED':
      break;
  }
  return links;
}

function breakdown(capture: Capture): object {
  const { currency, amount } = capture;
  const fee = processingFee(capture);
  return {
    gross_amount: presentMoney({ amount, currency }),
    paypal_fee: presentMoney({ amount: fee, currency }),
    net_amount: presentMoney({ amount: amount - fee, currency }),
  };
}
