import { z } from 'zod';
import { exponentOf, type Currency } from '../../domain/currency.ts';
import type {
  CustomerAction,
  Decline,
  FeeReport,
  PaymentReport,
  Reference,
  RefundReport,
  SavedMethodReport,
} from '../../domain/report.ts';
import type { AmountProblem } from '../gateway.ts';
import { UnixTime } from '../times.ts';
import { writableFee } from '../writable-fee.ts';
import { declineOf } from './errors.ts';

/**
 * The currencies that Stripe charges in, by the decimals that its amounts have. UGX and ISK have none in ISO 4217 and
 * two here, MGA has two there and none here. Source: https://docs.stripe.com/currencies
 */
const NO_DECIMALS = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF';
const TWO_DECIMALS =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK DKK ' +
  'DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK LBP ' +
  'LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON ' +
  'RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS WST XCD XCG YER ZAR ' +
  'ZMW';
const THREE_DECIMALS = 'BHD JOD KWD OMR TND';

/** Amounts of these must be multiples of this many of Stripe's units. TWD and HUF are bound so in payouts only. */
const STEPS: ReadonlyMap<Currency, bigint> = new Map([
  ['ISK', 100n],
  ['UGX', 100n],
  ...THREE_DECIMALS.split(' ').map((code): [Currency, bigint] => [code, 10n]),
]);

/** The most that one charge can be, in Stripe's units; these four differ from all others. */
const MAX_AMOUNT = 99_999_999n;
const MAX_AMOUNTS: ReadonlyMap<Currency, bigint> = new Map([
  ['INR', 999_999_999n],
  ['COP', 9_999_999_999n],
  ['IDR', 999_999_999_999n],
]);

interface Unit {
  /** Stripe's amount is ours times `multiplier` divided by `divisor`; one of the two is 1. */
  multiplier: bigint;
  divisor: bigint;
  step: bigint;
  max: bigint;
}

const UNITS: ReadonlyMap<Currency, Unit> = new Map(
  (
    [
      [NO_DECIMALS, 0],
      [TWO_DECIMALS, 2],
      [THREE_DECIMALS, 3],
    ] as const
  ).flatMap(([codes, decimals]) =>
    codes.split(' ').map((code): [Currency, Unit] => {
      const finer = decimals - exponentOf(code);
      return [
        code,
        {
          multiplier: 10n ** BigInt(Math.max(finer, 0)),
          divisor: 10n ** BigInt(Math.max(-finer, 0)),
          step: STEPS.get(code) ?? 1n,
          max: MAX_AMOUNTS.get(code) ?? MAX_AMOUNT,
        },
      ];
    }),
  ),
);

/** The currencies in which Stripe charges. */
export const CURRENCIES: readonly Currency[] = [...UNITS.keys()].sort();

/** Whether Stripe charges in this currency; capitals. */
export function isChargeable(currency: Currency): boolean {
  return UNITS.has(currency);
}

/**
 * Why Stripe would not take this amount. Its minimum depends on the account's settlement currency and the method, so
 * that is left to Stripe to tell.
 *
 * @param amount minor units of ISO 4217
 */
export function checkAmount(amount: bigint, currency: Currency): AmountProblem | null {
  const unit = UNITS.get(currency);
  if (!unit)
    return { code: 'currency_not_supported', detail: `Stripe does not charge in ${currency}` };
  if (amount <= 0n) return { code: 'amount_too_small', detail: 'The amount must be above zero' };
  const scaled = amount * unit.multiplier;
  if (scaled % (unit.divisor * unit.step) !== 0n) {
    const step = (unit.divisor * unit.step) / unit.multiplier;
    return {
      code: 'amount_not_representable',
      detail: `Stripe takes ${currency} in multiples of ${step} minor units`,
    };
  }
  if (scaled / unit.divisor > unit.max) {
    const max = (unit.max / unit.step) * unit.step * unit.divisor;
    return {
      code: 'amount_too_large',
      detail: `Stripe takes at most ${max / unit.multiplier} minor units of ${currency}`,
    };
  }
  return null;
}

/**
 * @param amount minor units of ISO 4217, which `checkAmount` has no objection to
 * @returns Stripe's units
 */
export function toStripeAmount(amount: bigint, currency: Currency): number {
  const problem = checkAmount(amount, currency);
  const unit = UNITS.get(currency);
  if (problem || !unit) throw new Error(problem?.detail ?? `${currency} is not chargeable`);
  return Number((amount * unit.multiplier) / unit.divisor);
}

/**
 * @param amount Stripe's units
 * @returns minor units of ISO 4217; throws where there is no such whole number
 */
export function fromStripeAmount(amount: number, currency: Currency): bigint {
  const unit = UNITS.get(currency);
  if (!unit) throw new Error(`${currency} is not a currency that Stripe charges in`);
  const scaled = BigInt(amount) * unit.divisor;
  if (scaled % unit.multiplier !== 0n) throw new Error(`${amount} ${currency} is not whole`);
  return scaled / unit.multiplier;
}

export const Id = z.string().min(1).max(255);
export const Units = z.int().nonnegative();
export const Code = z.string().transform((code) => code.toUpperCase());
/** An object that may have been sent along whole in place of its id. */
export const IdOrObject = z.union([Id, z.object({ id: Id }).transform(({ id }) => id)]);

export const Metadata = z.object({
  tender_payment_id: z.string().optional(),
  tender_attempt_id: z.string().optional(),
  tender_refund_id: z.string().optional(),
});

/** `card`, `card_present`, ... hold the details under the name that `type` has. */
export const MethodDetails = z.looseObject({ type: z.string() });
const Method = z.object({
  brand: z.string().nullish(),
  last4: z.string().nullish(),
  exp_month: z.int().nullish(),
  exp_year: z.int().nullish(),
  capture_before: UnixTime.nullish(),
});

/** Why the last attempt to charge or to set up a method failed. */
export const LastError = z.object({
  type: z.string(),
  code: z.string().nullish(),
  decline_code: z.string().nullish(),
  message: z.string().nullish(),
  payment_method: MethodDetails.nullish(),
});

const NextAction = z
  .looseObject({
    type: z.string(),
    redirect_to_url: z.object({ url: z.string().nullish() }).nullish(),
    use_stripe_sdk: z.record(z.string(), z.unknown()).nullish(),
  })
  .nullish();

/** A movement of the account's balance, in the currency in which it is settled. */
export const BalanceTransaction = z.object({ fee: z.int(), currency: Code });

/** What we use of a payment intent. Webhooks bring those of other API versions too, so absence is mostly fine. */
const PaymentIntent = z.object({
  object: z.literal('payment_intent'),
  id: Id,
  status: z.enum([
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'processing',
    'requires_capture',
    'succeeded',
    'canceled',
  ]),
  amount: Units,
  amount_capturable: Units.default(0),
  amount_received: Units.default(0),
  currency: Code,
  client_secret: z.string().nullish(),
  customer: IdOrObject.nullish(),
  payment_method: IdOrObject.nullish(),
  setup_future_usage: z.string().nullish(),
  metadata: Metadata.nullish(),
  next_action: NextAction,
  last_payment_error: LastError.nullish(),
  latest_charge: z
    .union([
      z.string(),
      z.object({
        payment_method_details: MethodDetails.nullish(),
        balance_transaction: z.union([z.string(), BalanceTransaction]).nullish().catch(null),
      }),
    ])
    .nullish()
    // Only what may be shown comes from it: no reason to doubt the rest.
    .catch(null),
});

const Refund = z.object({
  object: z.literal('refund'),
  id: Id,
  amount: Units,
  currency: Code,
  status: z.enum(['pending', 'requires_action', 'succeeded', 'failed', 'canceled']).nullish(),
  payment_intent: IdOrObject.nullish(),
  reason: z.string().nullish(),
  balance_transaction: z.unknown().optional(),
  failure_reason: z.string().nullish(),
  metadata: Metadata.nullish(),
});

const Charge = z.object({
  object: z.literal('charge'),
  amount: Units,
  amount_captured: Units.nullish(),
  amount_refunded: Units,
  captured: z.boolean(),
  balance_transaction: z.unknown().optional(),
  currency: Code,
  payment_intent: IdOrObject.nullish(),
  metadata: Metadata.nullish(),
});

/** Reads a payment intent as Stripe sent it. Throws where it does not have Stripe's format. */
export function readPayment(json: unknown): PaymentReport {
  const intent = PaymentIntent.parse(json);
  const { currency, last_payment_error: error } = intent;
  const status =
    intent.status === 'requires_confirmation' ? 'requires_payment_method' : intent.status;
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const details = charge?.payment_method_details ?? error?.payment_method ?? null;
  const method = Method.safeParse(details?.[details.type]).data;
  return {
    gatewayPaymentId: intent.id,
    status,
    amount: fromStripeAmount(intent.amount, currency),
    currency,
    amountCapturable: fromStripeAmount(intent.amount_capturable, currency),
    amountCaptured: fromStripeAmount(intent.amount_received, currency),
    captureBefore: method?.capture_before ?? null,
    clientSecret: intent.client_secret ?? null,
    action: status === 'requires_action' ? readAction(intent.next_action) : null,
    decline: error && status === 'requires_payment_method' ? readDecline(error) : null,
    paymentMethod: details && {
      type: details.type,
      brand: method?.brand ?? null,
      last4: method?.last4 ?? null,
    },
    savedMethod: readSavedMethod(intent, details),
    fee: readFee(charge?.balance_transaction),
    reference: readReference(intent.metadata),
  };
}

/**
 * Stripe's fee, in the currency in which the account is settled. Of a charge that is captured asynchronously it is
 * known only a moment later: https://docs.stripe.com/payments/payment-intents/asynchronous-capture
 */
function readFee(
  transaction: z.infer<typeof BalanceTransaction> | string | null | undefined,
): FeeReport | null {
  return transaction && typeof transaction === 'object' ? feeOf([transaction]) : null;
}

/** What movements of the balance cost together; `null` for none, and where it is no fee that we could write down. */
export function feeOf(
  transactions: readonly z.infer<typeof BalanceTransaction>[],
): FeeReport | null {
  const [first] = transactions;
  if (!first || transactions.some(({ currency }) => currency !== first.currency)) return null;
  const { currency } = first;
  const units = transactions.reduce((sum, { fee }) => sum + fee, 0);
  if (!UNITS.has(currency)) return null;
  const { multiplier } = UNITS.get(currency) ?? { multiplier: 1n };
  // Stripe's unit may be finer than that of ISO 4217, and a fee need not be whole then.
  return BigInt(units) % multiplier === 0n
    ? writableFee({ amount: fromStripeAmount(units, currency), currency })
    : null;
}

/** A method is kept once a payment with it has gone through that was to keep it for a customer. */
function readSavedMethod(
  intent: z.infer<typeof PaymentIntent>,
  details: z.infer<typeof MethodDetails> | null,
): SavedMethodReport | null {
  const wentThrough = intent.status === 'succeeded' || intent.status === 'requires_capture';
  const { payment_method: id, customer, setup_future_usage: usage } = intent;
  if (!wentThrough || !id || !customer || !usage || !details) return null;
  return savedMethod(id, details);
}

/** A kept method by its id and what Stripe tells of it. */
export function savedMethod(
  gatewayMethodId: string,
  details: z.infer<typeof MethodDetails>,
): SavedMethodReport {
  const method = Method.safeParse(details[details.type]).data;
  return {
    gatewayMethodId,
    type: details.type,
    brand: method?.brand ?? null,
    last4: method?.last4 ?? null,
    expiryMonth: method?.exp_month ?? null,
    expiryYear: method?.exp_year ?? null,
  };
}

/** Reads a refund as Stripe sent it; `null` where it gives nothing back that a payment of ours captured. */
export function readRefund(json: unknown): RefundReport | null {
  const refund = Refund.parse(json);
  if (!refund.payment_intent || isRelease(refund)) return null;
  return {
    gatewayRefundId: refund.id,
    gatewayPaymentId: refund.payment_intent,
    status: REFUND_STATUS[refund.status ?? 'pending'],
    amount: fromStripeAmount(refund.amount, refund.currency),
    currency: refund.currency,
    failureCode: refund.failure_reason ?? (refund.status === 'canceled' ? 'canceled' : null),
    feeReturned: null,
    refundId: refund.metadata?.tender_refund_id ?? null,
    paymentId: refund.metadata?.tender_payment_id ?? null,
  };
}

/**
 * Until version 2025-03-31 what an authorization held beyond the capture came back as a refund, made by Stripe, that
 * never touched the balance:
 * https://docs.stripe.com/changelog/basil/2025-03-31/remove-refund-from-partial-capture-and-payment-cancellation-flow
 */
function isRelease(refund: z.infer<typeof Refund>): boolean {
  if (refund.metadata?.tender_refund_id !== undefined) return false;
  if (refund.reason === 'expired_uncaptured_charge') return true;
  return refund.status === 'succeeded' && refund.balance_transaction === null;
}

const REFUND_STATUS = {
  pending: 'pending',
  requires_action: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
} as const;

/** A charge's word on its payment. */
export interface ChargeReport {
  gatewayPaymentId: string;
  reference: Reference | null;
  amounts: { captured: bigint; refunded: bigint };
  /** Whether its movement of the balance, and with it the fee, is there. */
  hasFee: boolean;
}

/**
 * Reads a charge as Stripe sent it; `null` where it belongs to no payment intent.
 *
 * @param apiVersion the version in which it was written: the older ones count a release as a refund
 */
export function readCharge(json: unknown, apiVersion: string): ChargeReport | null {
  const charge = Charge.parse(json);
  if (!charge.payment_intent) return null;
  const captured = charge.captured ? (charge.amount_captured ?? charge.amount) : 0;
  const released = apiVersion < '2025-03-31' ? charge.amount - captured : 0;
  const refunded = charge.captured ? Math.max(charge.amount_refunded - released, 0) : 0;
  return {
    gatewayPaymentId: charge.payment_intent,
    reference: readReference(charge.metadata),
    amounts: {
      captured: fromStripeAmount(captured, charge.currency),
      refunded: fromStripeAmount(refunded, charge.currency),
    },
    hasFee: charge.captured && Boolean(charge.balance_transaction),
  };
}

/** What the customer has to do, as an intent says it. */
export function readAction(json: unknown): CustomerAction {
  const next = NextAction.parse(json);
  const url = next?.redirect_to_url?.url;
  if (url) return { type: 'redirect_to_url', url };
  // Stripe's own script finds out by the client secret what to do, whatever stands here.
  return { type: 'use_gateway_sdk', data: next?.use_stripe_sdk ?? next ?? {} };
}

export function readDecline(error: z.infer<typeof LastError>): Decline {
  return declineOf(error.decline_code ?? '', error.code ?? error.type, error.message ?? '');
}

export function readReference(
  metadata: z.infer<typeof Metadata> | null | undefined,
): Reference | null {
  if (!metadata?.tender_payment_id) return null;
  return { paymentId: metadata.tender_payment_id, attemptId: metadata.tender_attempt_id ?? null };
}
