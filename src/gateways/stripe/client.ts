import type Stripe from 'stripe';
import { z } from 'zod';
import type { PaymentReport, RefundReport } from '../../domain/report.ts';
import type {
  CancelPayment,
  CapturePayment,
  Confirmation,
  ConfirmPayment,
  CreatePayment,
  CreateRefund,
  Gateway,
  GatewayOutcome,
} from '../gateway.ts';
import type { Transport } from '../transport.ts';
import {
  ask,
  failedLookup,
  given,
  keyed,
  lookup,
  notAsked,
  refusedHere,
  read,
  traced,
  type Answer,
} from './calls.ts';
import { createCustomers } from './customers.ts';
import { createDisputes } from './disputes.ts';
import { createSettlement } from './settlement.ts';
import { gatewayFault, UNREADABLE, type Failure } from './errors.ts';
import { checkAmount, CURRENCIES, readPayment, readRefund, toStripeAmount } from './mapping.ts';
import { createStripeSdk } from './sdk.ts';
import { translateWebhook, verifyWebhook } from './webhook.ts';

export interface StripeGatewayOptions {
  secretKey: string;
  publishableKey: string | null;
  /** Every secret that a delivery may be signed with: several while one replaces another. */
  webhookSecrets: readonly string[];
  /** Scheme, host and port of Stripe's API, or of a sandbox. */
  apiUrl: string;
  transport: Transport;
  /** How far a delivery's timestamp may be from now, in either direction. */
  signatureToleranceMs: number;
}

/** Stripe answers a repeated key with its first result for 24 hours: https://docs.stripe.com/api/idempotent_requests */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** A payment is looked for among those made within a minute of it, and some for clocks that differ. */
const SEARCH_SECONDS = 60 + 30;

/**
 * A payment method, one of the older kinds of token that Stripe still takes in its place, or the setup intent by which
 * a customer approved that a method is kept.
 */
const PAYMENT_METHOD = /^(?:pm|card|src|ba|seti)_\w+$/;

const PAGE_SIZE = 100;
const MAX_PAGES = 100;

/** With its charge, an intent tells which card it was and how long it can be captured, and with its movement what it cost. */
const WITH_CHARGE = { expand: ['latest_charge.balance_transaction'] };

/** The adapter for Stripe, which speaks the API version of the SDK. */
export function createStripeGateway(options: StripeGatewayOptions): Gateway {
  const stripe = createStripeSdk(options.secretKey, options.apiUrl, options.transport);
  const { paymentIntents: intents, refunds } = stripe;

  const retrievePayment: Gateway['retrievePayment'] = async (id, call) =>
    lookup(readPayment, await ask(() => intents.retrieve(id, WITH_CHARGE, traced(call))));

  return {
    name: 'stripe',
    capabilities: {
      keyLifetimeMs: KEY_LIFETIME_MS,
      partialCapture: true,
      partialRefund: true,
      savedMethods: true,
      redirect: true,
      settlementRecords: 'with_payouts',
      searchByReference: true,
      createsWithoutMethod: true,
      // https://docs.stripe.com/refunds: fees are not given back with a refund.
      feeOnRefund: 'kept',
    },
    currencies: CURRENCIES,
    publishableKey: options.publishableKey,
    checkoutKeys: given('publishable_key', options.publishableKey),
    checkAmount,
    takesPaymentMethod: (paymentMethod) => PAYMENT_METHOD.test(paymentMethod),

    async createPayment(request, call) {
      const problem = checkAmount(request.amount, request.currency);
      if (problem) return notAsked(problem);
      const params = createParams(request);
      return paymentOutcome(await ask(() => intents.create(params, keyed(call))));
    },

    async confirmPayment(request, call) {
      const params = confirmParams(request);
      const id = request.gatewayPaymentId;
      return paymentOutcome(await ask(() => intents.confirm(id, params, keyed(call))));
    },

    /** Stripe goes on by itself once the customer has agreed, so no report of it says that it waits for this. */
    async completePayment() {
      return refusedHere('nothing_to_complete', 'Stripe completes payments itself');
    },

    async capturePayment(request, call) {
      const problem = checkAmount(request.amount, request.currency);
      if (problem) return notAsked(problem);
      const params = captureParams(request);
      const id = request.gatewayPaymentId;
      return paymentOutcome(await ask(() => intents.capture(id, params, keyed(call))));
    },

    async cancelPayment(request, call) {
      const params = cancelParams(request);
      const id = request.gatewayPaymentId;
      return paymentOutcome(await ask(() => intents.cancel(id, params, keyed(call))));
    },

    async createRefund(request, call) {
      const problem = checkAmount(request.amount, request.currency);
      if (problem) return notAsked(problem);
      const params = refundParams(request);
      return refundOutcome(await ask(() => refunds.create(params, keyed(call))));
    },

    retrievePayment,

    async findPayment({ reference, createdAt }, call) {
      const around = Math.floor(createdAt.getTime() / 1000);
      const created = { gte: around - SEARCH_SECONDS, lte: around + SEARCH_SECONDS };
      const isWanted = ({ metadata }: Item) =>
        reference.attemptId === null
          ? metadata?.['tender_payment_id'] === reference.paymentId
          : metadata?.['tender_attempt_id'] === reference.attemptId;
      const listed = await listAll(
        (page) => intents.list({ created, ...page }, traced(call)),
        isWanted,
      );
      if (listed.kind !== 'answered') return failedLookup(listed);
      const found = listed.body.find(isWanted);
      // The list tells how the intent was; the intent itself tells how it is.
      return found ? retrievePayment(found.id, call) : { kind: 'not_found' };
    },

    async listRefunds(gatewayPaymentId, call) {
      const listed = await listAll((page) =>
        refunds.list({ payment_intent: gatewayPaymentId, ...page }, traced(call)),
      );
      return lookup((items) => items.map(readRefund).filter((report) => report !== null), listed);
    },

    async checkCredentials(call) {
      return lookup(() => null, await ask(() => intents.list({ limit: 1 }, traced(call))));
    },

    ...createDisputes(stripe),
    ...createSettlement(stripe),
    ...createCustomers(stripe),

    verifyWebhook: (delivery) =>
      verifyWebhook(options.webhookSecrets, options.signatureToleranceMs, delivery),
    translateWebhook,
  };
}

/** A browser may confirm the payment later, so that this is said as soon as it is known. */
function keeping({ savePaymentMethod }: Confirmation) {
  return given('setup_future_usage', savePaymentMethod ? ('off_session' as const) : null);
}

/** What Stripe takes with `confirm` only: https://docs.stripe.com/api/payment_intents/create */
function confirmation(request: Confirmation) {
  return {
    ...given('payment_method', request.paymentMethod),
    ...given('return_url', request.returnUrl),
    ...given('off_session', request.offSession || null),
    ...keeping(request),
  };
}

function createParams(request: CreatePayment): Stripe.PaymentIntentCreateParams {
  const { reference } = request;
  return {
    amount: toStripeAmount(request.amount, request.currency),
    currency: request.currency.toLowerCase(),
    capture_method: request.captureMethod,
    automatic_payment_methods: {
      enabled: true,
      // Methods that send the customer away cannot be confirmed without an address to come back to.
      allow_redirects: request.returnUrl === null ? 'never' : 'always',
    },
    ...(request.paymentMethod === null ? {} : { confirm: true, ...confirmation(request) }),
    ...given('customer', request.gatewayCustomerId),
    ...keeping(request),
    ...given('description', request.description),
    // Stripe refuses `statement_descriptor` for cards.
    ...given('statement_descriptor_suffix', request.statementDescriptor),
    metadata: {
      tender_payment_id: reference.paymentId,
      ...given('tender_attempt_id', reference.attemptId),
      ...given('order_id', request.orderId),
    },
    ...WITH_CHARGE,
  };
}

function confirmParams(request: ConfirmPayment): Stripe.PaymentIntentConfirmParams {
  return { ...confirmation(request), ...WITH_CHARGE };
}

function captureParams(request: CapturePayment): Stripe.PaymentIntentCaptureParams {
  return { amount_to_capture: toStripeAmount(request.amount, request.currency), ...WITH_CHARGE };
}

function cancelParams(request: CancelPayment): Stripe.PaymentIntentCancelParams {
  return { ...given('cancellation_reason', request.reason), ...WITH_CHARGE };
}

function refundParams(request: CreateRefund): Stripe.RefundCreateParams {
  return {
    payment_intent: request.gatewayPaymentId,
    amount: toStripeAmount(request.amount, request.currency),
    ...given('reason', request.reason),
    metadata: { tender_payment_id: request.paymentId, tender_refund_id: request.refundId },
  };
}

function paymentOutcome(answer: Answer | Failure): GatewayOutcome<PaymentReport> {
  if (answer.kind !== 'answered') return withReport(answer);
  const payment = read(readPayment, answer);
  if (payment.kind === 'unknown') return payment;
  const { value: report } = payment;
  if (report.action) return { kind: 'requires_action', action: report.action, report };
  if (report.decline) return { kind: 'declined', decline: report.decline, report };
  return { kind: 'succeeded', report };
}

/** A failure with the state of the payment, where Stripe sent it along and it can be read. */
function withReport(failure: Failure): GatewayOutcome<PaymentReport> {
  if (failure.kind === 'unknown') return failure;
  const body = failure.paymentIntent;
  const payment = read(readPayment, { kind: 'answered', body, requestId: null });
  const report = payment.kind === 'read' ? payment.value : null;
  if (failure.kind === 'refused') return { kind: 'refused', error: failure.error, report };
  if (report?.status === 'processing' || report?.status === 'succeeded') {
    // A decline of a payment that goes on contradicts itself.
    return { kind: 'unknown', error: { ...failure.error, category: 'gateway_fault' } };
  }
  return { kind: 'declined', decline: failure.decline, report };
}

function refundOutcome(answer: Answer | Failure): GatewayOutcome<RefundReport> {
  switch (answer.kind) {
    case 'unknown':
      return answer;
    case 'refused':
      return { kind: 'refused', error: answer.error, report: null };
    case 'declined':
      return { kind: 'declined', decline: answer.decline, report: null };
    case 'answered': {
      const refund = read(readRefund, answer);
      if (refund.kind === 'unknown') return refund;
      if (refund.value) return { kind: 'succeeded', report: refund.value };
      return gatewayFault(UNREADABLE, 'A refund of no payment', 200, answer.requestId);
    }
  }
}

type Item = z.infer<typeof Item>;
const Item = z.looseObject({
  id: z.string(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
const Page = z.object({ data: z.array(Item), has_more: z.boolean() });

/** All items of a list from page to page, or those up to the one that is looked for. */
async function listAll(
  fetchPage: (page: Stripe.PaginationParams) => ReturnType<Parameters<typeof ask>[0]>,
  isWanted: (item: Item) => boolean = () => false,
): Promise<Answer<Item[]> | Failure> {
  const items: Item[] = [];
  for (let n = 0; n < MAX_PAGES; n += 1) {
    const after = given('starting_after', items.at(-1)?.id ?? null);
    const answer = await ask(() => fetchPage({ limit: PAGE_SIZE, ...after }));
    if (answer.kind !== 'answered') return answer;
    const page = read((body) => Page.parse(body), answer);
    if (page.kind === 'unknown') return page;
    items.push(...page.value.data);
    if (!page.value.has_more || page.value.data.some(isWanted)) return { ...answer, body: items };
  }
  return gatewayFault('list_too_long', `More than ${MAX_PAGES} pages`, 200, null);
}
