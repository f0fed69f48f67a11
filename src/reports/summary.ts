import type { ReportRow } from '../database/reports.ts';
import { divideHalfEven } from '../domain/decimal.ts';
import { toDecimal } from '../domain/money.ts';

/** The columns of a summary, in their order. Programs rely on them: columns are added at the end and never renamed. */
export const SUMMARY_COLUMNS = [
  'period',
  'gateway',
  'currency',
  'method',
  'payments',
  'gross',
  'refunds',
  'disputes',
  'fees',
  'net',
  'fees_unknown',
  'payments_tried',
  'success_rate',
  'average_amount',
] as const;

/** One line of a summary; amounts are decimals of major units of its currency. */
export interface SummaryLine {
  period: string;
  gateway: string;
  currency: string;
  method: string;
  payments: number;
  gross: string;
  refunds: string;
  disputes: string;
  fees: string;
  /** gross less refunds, disputes and fees */
  net: string;
  fees_unknown: number;
  payments_tried: number;
  /** From 0 to 1 with four decimals; `null` where nothing was tried. */
  success_rate: string | null;
  /** Rounded half to even to the minor unit; `null` where nothing was captured. */
  average_amount: string | null;
}

/** A row of the report as it is shown. */
export function summaryLine(row: ReportRow): SummaryLine {
  const { period, gateway, currency, method, payments, gross, refunds, disputes, fees } = row;
  const decimal = (amount: bigint) => toDecimal(amount, currency);
  return {
    period,
    gateway,
    currency,
    method,
    payments,
    gross: decimal(gross),
    refunds: decimal(refunds),
    disputes: decimal(disputes),
    fees: decimal(fees),
    net: decimal(gross - refunds - disputes - fees),
    fees_unknown: row.feesUnknown,
    payments_tried: row.tried,
    success_rate: row.tried === 0 ? null : (row.succeeded / row.tried).toFixed(4),
    average_amount: payments === 0 ? null : decimal(divideHalfEven(gross, BigInt(payments))),
  };
}
