import type { Currency } from '../domain/currency.ts';
import { expectedFee, feeTermsFor, type FeeTerms } from '../domain/fee.ts';
import { feeScheduleOf, type GatewayStateOf } from '../domain/gateway-config.ts';
import type { PassedOver } from '../domain/routing.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { checkAmount, checkCurrency, narrowed } from './amount-limits.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { notSupported } from './payer.ts';
import { reject, type Rejection } from './result.ts';

/** What a gateway has to take. */
export interface Terms {
  /** Minor units. */
  amount: bigint;
  currency: Currency;
  savePaymentMethod: boolean;
}

/** Whether a gateway takes such payments at all. */
export function checkTerms(
  deps: Pick<PaymentDependencies, 'amountLimits'>,
  { amount, currency, savePaymentMethod }: Terms,
  gateway: Gateway,
  stateOf: GatewayStateOf,
): { reason: PassedOver; rejection: Rejection } | null {
  const { config } = stateOf(gateway.name);
  const refused =
    checkAmount(amount, currency, narrowed(deps.amountLimits, config)) ??
    checkCurrency(currency, gateway.name, config) ??
    checkAtGateway(amount, currency, gateway);
  if (refused) {
    const isCurrency =
      refused.code === 'currency_not_supported' || refused.code === 'currency_unknown';
    return {
      reason: isCurrency ? 'currency_not_supported' : 'amount_not_supported',
      rejection: refused,
    };
  }
  if (!savePaymentMethod || gateway.capabilities.savedMethods) return null;
  return {
    reason: 'capability_missing',
    rejection: notSupported(gateway.name, 'saved_methods', 'save_payment_method'),
  };
}

function checkAtGateway(amount: bigint, currency: Currency, gateway: Gateway): Rejection | null {
  const problem = gateway.checkAmount(amount, currency);
  if (!problem) return null;
  return problem.code === 'currency_not_supported'
    ? reject('currency_not_supported', problem.detail, 'currency')
    : reject(
        problem.code === 'amount_not_representable' ? 'amount_invalid' : problem.code,
        problem.detail,
        'amount',
      );
}

/** What a gateway is expected to take, in minor units; `null` where no terms are known. */
export function feeAt(
  stateOf: GatewayStateOf,
  gateway: string,
  { amount, currency }: Pick<Terms, 'amount' | 'currency'>,
): bigint | null {
  const terms = feeTermsAt(stateOf, gateway, currency);
  return terms === null ? null : expectedFee(amount, currency, terms);
}

/** What is agreed with a gateway for a currency at this moment; `null` where nothing is. */
export function feeTermsAt(
  stateOf: GatewayStateOf,
  gateway: string,
  currency: Currency,
): FeeTerms | null {
  return feeTermsFor(feeScheduleOf(stateOf(gateway).config), currency);
}
