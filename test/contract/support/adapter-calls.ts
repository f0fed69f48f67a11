import fc from 'fast-check';
import { allCurrencies } from '../../../src/domain/currency.ts';
import type {
  CancelPayment,
  Confirmation,
  CreatePayment,
  CreateRefund,
  Gateway,
  MoneyCall,
} from '../../../src/gateways/gateway.ts';

/** The methods of the port that ask the gateway, which are those that have to wait for it. */
export type AskingMethod = {
  [Name in keyof Gateway]: Gateway[Name] extends (...parameters: never[]) => Promise<unknown>
    ? Name
    : never;
}[keyof Gateway];

/** Everything that may be asked of a gateway about one payment. */
export interface PaymentLife {
  create: CreatePayment;
  confirmation: Confirmation;
  cancelReason: CancelPayment['reason'];
  refundReason: CreateRefund['reason'];
  createdAt: Date;
}

const id = (prefix: string) => fc.stringMatching(/^[0-9a-z]{26}$/).map((rest) => prefix + rest);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
/** Up to the length that the HTTP API takes, of any characters. */
const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: 'grapheme' });

/** Any life of a payment with one of these payment methods, in amounts that the gateway takes. */
export function paymentLives(
  gateway: Gateway,
  paymentMethods: string[],
  customers: string[] = ['cus_none'],
): fc.Arbitrary<PaymentLife> {
  const anyMoney = fc.record({
    amount: fc
      .tuple(fc.bigInt({ min: 1n, max: 99_999_999n }), fc.constantFrom(1n, 10n, 100n))
      .map(([amount, step]) => amount * step),
    currency: fc.constantFrom(...allCurrencies()),
  });
  const money = anyMoney.filter((some) => gateway.checkAmount(some.amount, some.currency) === null);
  const options = fc.record({
    captureMethod: fc.constantFrom('automatic' as const, 'manual' as const),
    paymentMethod: orNull(fc.constantFrom(...paymentMethods)),
    offSession: fc.boolean(),
    returnUrl: orNull(fc.webUrl({ withQueryParameters: true })),
    description: orNull(text(1_000)),
    statementDescriptor: orNull(fc.stringMatching(/^[A-Za-z0-9 &.-]{1,22}$/)),
    orderId: orNull(text(255)),
    reference: fc.record({ paymentId: id('pay_'), attemptId: id('att_') }),
  });
  const customer = fc.record({
    gatewayCustomerId: orNull(fc.constantFrom(...customers)),
    savePaymentMethod: fc.boolean(),
  });
  const reasons = ['requested_by_customer', 'duplicate', 'fraudulent', null] as const;
  return fc.record({
    create: fc
      .tuple(money, options, customer)
      .map(([some, rest, whose]) => ({ ...some, ...rest, ...whose })),
    confirmation: fc
      .record({
        paymentMethod: orNull(fc.constantFrom(...paymentMethods)),
        offSession: fc.boolean(),
        returnUrl: orNull(fc.webUrl()),
      })
      .chain((how) => customer.map((whose) => ({ ...how, ...whose }))),
    cancelReason: fc.constantFrom(...reasons, 'abandoned'),
    refundReason: fc.constantFrom(...reasons),
    // Within what a search covers, so that it finds the payment if it was made.
    createdAt: fc
      .integer({ min: -30, max: 30 })
      .map((seconds) => new Date(Date.now() + seconds * 1_000)),
  });
}

/**
 * Calls every method that asks the gateway, whatever state the payment is in: that a request is refused for its state
 * does not make it less valid. `around` runs each call and is told which method it is.
 */
export async function live(
  gateway: Gateway,
  { create, confirmation, cancelReason, refundReason, createdAt }: PaymentLife,
  around: <T>(method: AskingMethod, call: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const { reference, amount, currency } = create;
  let calls = 0;
  const call = (): MoneyCall => {
    calls += 1;
    return { requestId: `req_${calls}`, idempotencyKey: `${reference.paymentId}_${calls}` };
  };
  const created = await around('createPayment', () => gateway.createPayment(create, call()));
  const report = 'report' in created ? created.report : null;
  const gatewayPaymentId = report?.gatewayPaymentId ?? 'none';
  const customerId = reference.paymentId.replace('pay_', 'cus_');
  const gatewayCustomerId = create.gatewayCustomerId ?? 'cus_none';
  const person = { email: 'ada@example.com', name: create.description };
  const aboutIt: Record<Exclude<AskingMethod, 'createPayment'>, () => Promise<unknown>> = {
    confirmPayment: () =>
      gateway.confirmPayment({ ...create, ...confirmation, gatewayPaymentId }, call()),
    completePayment: () =>
      gateway.completePayment({ ...create, ...confirmation, gatewayPaymentId }, call()),
    capturePayment: () => gateway.capturePayment({ gatewayPaymentId, amount, currency }, call()),
    createRefund: () => {
      const reason = refundReason;
      const ids = { paymentId: reference.paymentId, refundId: 'ref_1', gatewayPaymentId };
      return gateway.createRefund({ ...ids, amount, currency, reason }, call());
    },
    cancelPayment: () => gateway.cancelPayment({ gatewayPaymentId, reason: cancelReason }, call()),
    retrievePayment: () => gateway.retrievePayment(gatewayPaymentId, call()),
    findPayment: () => gateway.findPayment({ reference, createdAt }, call()),
    listRefunds: () => gateway.listRefunds(gatewayPaymentId, call()),
    retrieveDispute: () => gateway.retrieveDispute('dp_none', call()),
    listSettlementRecords: () => readSettlement(gateway, createdAt, call()),
    checkCredentials: () => gateway.checkCredentials(call()),
    createCustomer: () => gateway.createCustomer({ customerId, ...person }, call()),
    saveMethod: () =>
      gateway.saveMethod(
        {
          customerId,
          gatewayCustomerId,
          paymentMethod: create.paymentMethod ?? 'pm_card_visa',
          returnUrl: create.returnUrl,
        },
        call(),
      ),
    detachMethod: () =>
      gateway.detachMethod({ gatewayCustomerId, gatewayMethodId: 'pm_none' }, call()),
    deleteCustomer: () => gateway.deleteCustomer(gatewayCustomerId, call()),
  };
  for (const [method, ask] of Object.entries(aboutIt)) await around(method as AskingMethod, ask);
}

/** Turns over every page of what was settled around a time. */
export async function readSettlement(
  gateway: Gateway,
  around: Date,
  call: MoneyCall,
): Promise<void> {
  const span = {
    from: new Date(around.getTime() - 3_600_000),
    to: new Date(around.getTime() + 3_600_000),
  };
  let cursor: string | null = null;
  do {
    const found = await gateway.listSettlementRecords({ ...span, cursor }, call);
    cursor = found.kind === 'found' ? found.report.next : null;
  } while (cursor !== null);
}
