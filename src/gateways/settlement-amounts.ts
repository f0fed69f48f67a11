import { z } from 'zod';
import { exponentOf, type Currency } from '../domain/currency.ts';
import { MAX_AMOUNT } from '../domain/money.ts';
import type {
  PayoutContent,
  RecordAmounts,
  RecordFrame,
  SettlementPage,
  SettlementRecord,
  UnreadableContent,
  UnreadableRecord,
} from '../domain/settlement.ts';

/** So much of why something cannot be read is kept: it is there for people. */
const MAX_REASON = 500;

/**
 * The record with its amounts. Where `read` throws, or what it gives is no money that could be written down, the record
 * is one that cannot be read: it must not hide the others of its page.
 */
export function withAmounts(
  frame: RecordFrame,
  read: () => RecordAmounts,
): SettlementRecord | UnreadableRecord {
  try {
    const amounts = read();
    const { gross, fee, net, currency, original } = amounts;
    for (const amount of [gross, fee, net]) mustBeMoney(amount, currency);
    if (original !== null) mustBeMoney(original.amount, original.currency);
    if (net !== gross - fee) throw new Error(`${net} is not ${gross} less ${fee}`);
    return { ...frame, ...amounts };
  } catch (error) {
    // Conversions are compared with nothing, and one that cannot be read would not be seen.
    const kind = frame.kind === 'conversion' ? 'adjustment' : frame.kind;
    return { ...frame, kind, why: reasonOf(error) };
  }
}

/** The line of a payout with its amount; otherwise as `withAmounts`. */
export function withNet(
  frame: Omit<PayoutContent, 'net' | 'currency'>,
  read: () => Pick<PayoutContent, 'net' | 'currency'>,
): PayoutContent | UnreadableContent {
  try {
    const { net, currency } = read();
    mustBeMoney(net, currency);
    return { ...frame, net, currency };
  } catch (error) {
    return { ...frame, why: reasonOf(error) };
  }
}

/** A page of what was read and what could not be. */
export function pageOf(
  records: readonly (SettlementRecord | UnreadableRecord)[],
  contents: readonly (PayoutContent | UnreadableContent)[],
  next: string | null,
): SettlementPage {
  return {
    records: records.filter(isReadable),
    contents: contents.filter(isReadable),
    unreadable: { records: records.filter(isUnreadable), contents: contents.filter(isUnreadable) },
    next,
  };
}

function isUnreadable<T extends object>(one: T): one is Extract<T, { why: string }> {
  return 'why' in one;
}

function isReadable<T extends object>(one: T): one is Exclude<T, { why: string }> {
  return !isUnreadable(one);
}

/** Whether an amount leaves the account, as far as it can be told of one that may be none. */
export function isNegative(amount: unknown): boolean {
  return Number(amount) < 0;
}

function mustBeMoney(amount: bigint, currency: Currency): void {
  // It throws where it knows no such currency.
  exponentOf(currency);
  if (amount > MAX_AMOUNT || amount < -MAX_AMOUNT) throw new Error(`${amount} is too large`);
}

function reasonOf(error: unknown): string {
  const reason =
    error instanceof z.ZodError
      ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
      : error instanceof Error
        ? error.message
        : String(error);
  // It may quote what the gateway sent, and a text in the database takes neither a zero character nor half a pair.
  return reason.slice(0, MAX_REASON).replaceAll('\0', '').toWellFormed();
}
