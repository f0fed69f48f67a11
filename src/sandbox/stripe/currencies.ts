import { invalidRequest } from './errors.ts';
import type { Refusal } from './errors.ts';

/**
 * The currencies that Stripe charges in.
 * Source: https://docs.stripe.com/currencies#presentment-currencies
 */
const CURRENCIES = new Set(
  (
    'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp ' +
    'byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip ' +
    'gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd ' +
    'kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok ' +
    'npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos ' +
    'srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf ' +
    'yer zar zmw'
  ).split(' '),
);

/**
 * Smallest charge in minor units, where Stripe publishes one.
 * Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const SMALLEST: Record<string, bigint> = {
  usd: 50n,
  aed: 200n,
  aud: 50n,
  bgn: 100n,
  brl: 50n,
  cad: 50n,
  chf: 50n,
  czk: 1500n,
  dkk: 250n,
  eur: 50n,
  gbp: 30n,
  hkd: 400n,
  huf: 17500n,
  inr: 50n,
  jpy: 50n,
  mxn: 1000n,
  myr: 200n,
  nok: 300n,
  nzd: 50n,
  pln: 200n,
  ron: 200n,
  sek: 300n,
  sgd: 50n,
  thb: 1000n,
};

/**
 * Currencies whose amounts must be round. The last digit of a three-decimal amount has to be
 * zero; króna and shilling are written with two decimals that have to be zero.
 * Source: https://docs.stripe.com/currencies#three-decimal and #special-cases
 */
const STEPS: Record<string, bigint> = {
  bhd: 10n,
  jod: 10n,
  kwd: 10n,
  omr: 10n,
  tnd: 10n,
  isk: 100n,
  ugx: 100n,
};

/**
 * Currencies without a minor unit, as Stripe counts them.
 * Source: https://docs.stripe.com/currencies#zero-decimal
 */
const ZERO_DECIMAL = new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);
const THREE_DECIMAL = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);

/** An amount of minor units as people write it, such as `USD 20.00`. */
export function formatAmount(amount: bigint, currency: string): string {
  const decimals = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  return `${currency.toUpperCase()} ${whole}${decimals === 0 ? '' : `.${fraction}`}`;
}

/** A fee as it can be written: in króna and shilling the two decimals have to be zero, so it is rounded up to a whole one. */
export function writableFee(fee: bigint, currency: string): bigint {
  if (currency !== 'isk' && currency !== 'ugx') return fee;
  return ((fee + 99n) / 100n) * 100n;
}

const LARGEST = 99_999_999n;

/** Whether Stripe would charge `amount` minor units of `currency` (in lower case). */
export function checkAmount(
  amount: bigint,
  currency: string,
): { ok: true } | { ok: false; refusal: Refusal } {
  if (!CURRENCIES.has(currency)) {
    return invalidRequest(
      `Invalid currency: ${currency}. Stripe currently supports these currencies: ${[...CURRENCIES].join(', ')}`,
      { param: 'currency' },
    );
  }
  if (amount > LARGEST) {
    return invalidRequest(`Amount must be no more than ${LARGEST} ${currency} minor units.`, {
      code: 'amount_too_large',
      param: 'amount',
    });
  }
  const smallest = SMALLEST[currency] ?? 1n;
  if (amount < smallest) {
    return invalidRequest(`Amount must be at least ${smallest} ${currency} minor units.`, {
      code: 'amount_too_small',
      param: 'amount',
    });
  }
  const step = STEPS[currency] ?? 1n;
  if (amount % step !== 0n) {
    return invalidRequest(`Amounts in ${currency} must be multiples of ${step} minor units.`, {
      code: 'parameter_invalid_integer',
      param: 'amount',
    });
  }
  return { ok: true };
}
