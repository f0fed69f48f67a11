import { readSettlement } from '../support/adapter-calls.ts';
import fc from 'fast-check';
import type { CreatePayment, Gateway, MoneyCall } from '../../../src/gateways/gateway.ts';
import type { CustomerAction } from '../../../src/domain/report.ts';
import type { AskingMethod } from '../support/adapter-calls.ts';

/** Everything that may be asked about one payment and its customer. */
export interface Life {
  create: CreatePayment;
  /** What the payer decides where they are asked; `null` where they never come. */
  decision: 'approve' | 'approve-declined' | 'cancel' | null;
  captureAmount: bigint;
  refundReason: 'requested_by_customer' | 'duplicate' | 'fraudulent' | null;
}

const id = (prefix: string) => fc.stringMatching(/^[0-9a-z]{26}$/).map((rest) => prefix + rest);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
/** Up to the length that the HTTP API takes, of any characters. */
const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: 'grapheme' });

/** Any life of a payment with one of these payment methods, in every currency that the gateway takes. */
export function lives(gateway: Gateway, paymentMethods: string[]): fc.Arbitrary<Life> {
  const money = fc.record({
    amount: fc.bigInt({ min: 1n, max: 9_999_999n }).map((units) => units * 100n),
    currency: fc.constantFrom(...gateway.currencies),
  });
  const rest = fc.record({
    captureMethod: fc.constantFrom('automatic' as const, 'manual' as const),
    paymentMethod: orNull(fc.constantFrom(...paymentMethods)),
    offSession: fc.boolean(),
    returnUrl: orNull(fc.webUrl({ withQueryParameters: true })),
    gatewayCustomerId: orNull(fc.stringMatching(/^[\w-]{22}$/)),
    savePaymentMethod: fc.boolean(),
    description: orNull(text(1_000)),
    statementDescriptor: orNull(fc.stringMatching(/^[A-Za-z0-9 &.-]{1,22}$/)),
    orderId: orNull(text(255)),
    reference: fc.record({ paymentId: id('pay_'), attemptId: id('att_') }),
  });
  return fc.record({
    create: fc.tuple(money, rest).map(([some, others]) => ({ ...some, ...others })),
    decision: fc.constantFrom('approve', 'approve', 'approve-declined', 'cancel', null),
    captureAmount: fc.bigInt({ min: 1n, max: 9_999_999n }).map((units) => units * 100n),
    refundReason: fc.constantFrom('requested_by_customer', 'duplicate', 'fraudulent', null),
  });
}

/** Runs each call, and is told which method of the port it is. */
export type Around = <T>(method: AskingMethod, call: () => Promise<T>) => Promise<T>;

export interface World {
  gateway: Gateway;
  around: Around;
  /** Decides on the page to which the customer is led. */
  decide: (action: CustomerAction, decision: string) => Promise<void>;
  /** A dispute about the newest charge, where there is one. */
  openDispute: () => Promise<string>;
}

/**
 * Calls every method that asks the gateway, whatever state the payment is in: that a request is refused for its state
 * does not make it less valid.
 */
export async function live(
  { gateway, around, decide, openDispute }: World,
  { create, decision, captureAmount, refundReason }: Life,
): Promise<void> {
  const { paymentId } = create.reference;
  let calls = 0;
  const call = (): MoneyCall => {
    calls += 1;
    return { requestId: `req_${calls}`, idempotencyKey: `${paymentId}_${calls}`.slice(-45) };
  };
  const created = await around('createPayment', () => gateway.createPayment(create, call()));
  const gatewayPaymentId = ('report' in created && created.report?.gatewayPaymentId) || 'NONE';
  const about = { ...create, gatewayPaymentId };
  const confirm = { ...about, paymentMethod: 'paypal', returnUrl: 'https://shop.example/back' };
  const confirmed = await around('confirmPayment', () => gateway.confirmPayment(confirm, call()));
  await around('confirmPayment', () =>
    gateway.confirmPayment({ ...about, paymentMethod: '8kk8451t' }, call()),
  );
  if (confirmed.kind === 'requires_action' && decision) await decide(confirmed.action, decision);
  await around('completePayment', () => gateway.completePayment(about, call()));
  await around('completePayment', () =>
    gateway.completePayment({ ...about, paymentMethod: 'paypal' }, call()),
  );
  const money = { amount: captureAmount, currency: create.currency };
  await around('capturePayment', () =>
    gateway.capturePayment({ gatewayPaymentId, ...money }, call()),
  );
  const ids = { paymentId, refundId: 'ref_01jd0000000000000000000000' };
  const refund = { gatewayPaymentId, ...ids, ...money, amount: 100n, reason: refundReason };
  await around('createRefund', () => gateway.createRefund(refund, call()));
  await around('cancelPayment', () =>
    gateway.cancelPayment({ gatewayPaymentId, reason: null }, call()),
  );
  await around('retrievePayment', () => gateway.retrievePayment(gatewayPaymentId, call()));
  const search = { reference: create.reference, createdAt: new Date() };
  await around('findPayment', () => gateway.findPayment(search, call()));
  await around('listRefunds', () => gateway.listRefunds(gatewayPaymentId, call()));
  const disputeId = await openDispute();
  await around('retrieveDispute', () => gateway.retrieveDispute(disputeId, call()));
  await around('listSettlementRecords', () => readSettlement(gateway, new Date(), call()));
  await around('checkCredentials', () => gateway.checkCredentials(call()));
  await liveWithCustomer(gateway, around, decide, call);
}

async function liveWithCustomer(
  gateway: Gateway,
  around: Around,
  decide: World['decide'],
  call: () => MoneyCall,
): Promise<void> {
  const customerId = 'cus_01jd0000000000000000000000';
  const customer = { customerId, email: 'ada@shop.example', name: 'Ada' };
  const made = await around('createCustomer', () => gateway.createCustomer(customer, call()));
  if (made.kind !== 'succeeded') throw new Error(`A customer was ${made.kind}`);
  const { gatewayCustomerId } = made.report;
  const save = { customerId, gatewayCustomerId, returnUrl: 'https://shop.example/back' };
  const asked = await around('saveMethod', () =>
    gateway.saveMethod({ ...save, paymentMethod: 'paypal' }, call()),
  );
  if (asked.kind !== 'requires_approval') throw new Error(`A wallet was ${asked.kind}`);
  const { action, paymentMethod } = asked.approval;
  await decide(action, 'approve');
  const saved = await around('saveMethod', () =>
    gateway.saveMethod({ ...save, paymentMethod }, call()),
  );
  if (saved.kind !== 'succeeded') throw new Error(`An approved wallet was ${saved.kind}`);
  const { gatewayMethodId } = saved.report;
  await around('detachMethod', () =>
    gateway.detachMethod({ gatewayCustomerId, gatewayMethodId }, call()),
  );
  await around('deleteCustomer', () => gateway.deleteCustomer(gatewayCustomerId, call()));
}
