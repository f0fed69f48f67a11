import { z } from 'zod';
import type { Currency } from '../../domain/currency.ts';
import { toDecimal, toMinorUnits } from '../../domain/money.ts';
import type { AmountProblem } from '../gateway.ts';

/**
 * The currencies that PayPal takes payments in. HUF and TWD have two decimals in ISO 4217 and none here.
 * Source: https://developer.paypal.com/api/rest/reference/currency-codes/
 */
const WITHOUT_DECIMALS = ['HUF', 'JPY', 'TWD'];
const WITH_TWO_DECIMALS =
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD'.split(' ');

/** The currencies in which PayPal charges, in alphabetical order. */
export const CURRENCIES: readonly Currency[] = [...WITHOUT_DECIMALS, ...WITH_TWO_DECIMALS].sort();

const MAX_WHOLE_DIGITS = 15;

/**
 * Why PayPal would not take this amount. What an account may take at once is left to PayPal to tell.
 *
 * @param amount minor units of ISO 4217
 */
export function checkAmount(amount: bigint, currency: Currency): AmountProblem | null {
  if (!CURRENCIES.includes(currency)) {
    return { code: 'currency_not_supported', detail: `PayPal does not charge in ${currency}` };
  }
  if (amount <= 0n) return { code: 'amount_too_small', detail: 'The amount must be above zero' };
  const [whole = '', decimals = ''] = toDecimal(amount, currency).split('.');
  if (WITHOUT_DECIMALS.includes(currency) && /[1-9]/.test(decimals)) {
    return {
      code: 'amount_not_representable',
      detail: `PayPal takes ${currency} without decimals`,
    };
  }
  if (whole.length > MAX_WHOLE_DIGITS) {
    return { code: 'amount_too_large', detail: `PayPal takes up to ${MAX_WHOLE_DIGITS} digits` };
  }
  return null;
}

/** An amount as PayPal takes it: decimals in a text. */
export interface PayPalMoney {
  currency_code: string;
  value: string;
}

/** @param amount minor units of ISO 4217, which `checkAmount` has no objection to */
export function toPayPalMoney(amount: bigint, currency: Currency): PayPalMoney {
  const problem = checkAmount(amount, currency);
  if (problem) throw new Error(problem.detail);
  const decimal = toDecimal(amount, currency);
  const value = WITHOUT_DECIMALS.includes(currency) ? decimal.replace(/\..*/, '') : decimal;
  return { currency_code: currency, value };
}

/**
 * Reads an amount as PayPal wrote it, in minor units of ISO 4217. Throws where there is no such whole number, and for
 * a currency in which PayPal does not charge.
 */
export function fromPayPalMoney({ currency_code: currency, value }: PayPalMoney): {
  amount: bigint;
  currency: Currency;
} {
  if (!CURRENCIES.includes(currency)) throw new Error(`PayPal does not charge in ${currency}`);
  // PayPal's format allows `.50`, ours does not.
  const amount = toMinorUnits(value.startsWith('.') ? `0${value}` : value, currency);
  if (amount === null) throw new Error(`${value} ${currency} is no amount`);
  return { amount, currency };
}

const Written = z.object({ currency_code: z.string(), value: z.string().max(32) });

/** An amount in PayPal's format, read. */
export const Money = Written.transform(fromPayPalMoney);

/** The same in PayPal's reports, where what leaves the account is negative. */
export const SignedMoney = Written.transform(({ currency_code, value }) => {
  const { amount, currency } = fromPayPalMoney({ currency_code, value: value.replace(/^-/, '') });
  return { amount: value.startsWith('-') ? -amount : amount, currency };
});
