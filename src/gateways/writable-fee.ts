import { MAX_AMOUNT } from '../domain/money.ts';
import type { FeeReport } from '../domain/report.ts';

/**
 * The fee where it is an amount that can be written down, and `null` otherwise: it is then not told, and what the gateway
 * says of the payment stands without it.
 */
export function writableFee(fee: FeeReport): FeeReport | null {
  return fee.amount >= 0n && fee.amount <= MAX_AMOUNT ? fee : null;
}
