/**
 * ISO 4217: how many decimal digits the minor unit of a currency has.
 * Source: ISO 4217 list one (currency and funds codes) as maintained by SIX, without funds, metals and test codes.
 * A gateway that counts differently says so in its own `mapping.ts`.
 */
const ZERO_DECIMALS = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF';
const TWO_DECIMALS =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP ' +
  'CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES ' +
  'KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK ' +
  'NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB ' +
  'TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG';
const THREE_DECIMALS = 'BHD IQD JOD KWD LYD OMR TND';

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  (
    [
      [ZERO_DECIMALS, 0],
      [TWO_DECIMALS, 2],
      [THREE_DECIMALS, 3],
    ] as const
  ).flatMap(([codes, exponent]) =>
    codes.split(' ').map((code): [string, number] => [code, exponent]),
  ),
);

/** An ISO 4217 alphabetic code in capitals, such as `EUR`. */
export type Currency = string;

/** Whether `code` is a currency that this list knows; capitals only. */
export function isCurrency(code: string): code is Currency {
  return EXPONENTS.has(code);
}

/** The number of decimal digits between the major and the minor unit: 0, 2 or 3. */
export function exponentOf(currency: Currency): number {
  const exponent = EXPONENTS.get(currency);
  if (exponent === undefined) throw new Error(`${currency} is not an ISO 4217 currency`);
  return exponent;
}

/** Every currency code known here, in alphabetical order. */
export function allCurrencies(): Currency[] {
  return [...EXPONENTS.keys()].sort();
}
