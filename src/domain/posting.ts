import type { Currency } from './currency.ts';
import { expectedFeeOf, feeCurrencyOf } from './payment-fee.ts';
import type { Payment } from './payment.ts';

/**
 * The ledger's accounts. `ledger-account.ts` tells what each is for.
 *
 * `gateway_clearing/stripe`: what the gateway holds for the merchant and has not paid out.
 */
export type LedgerAccount =
  | 'merchant_balance'
  | 'disputes_held'
  | `${GatewayAccountKind}/${string}`;

/** The kinds of accounts that each gateway has for itself. */
export type GatewayAccountKind = 'gateway_clearing' | 'gateway_fees' | 'payouts' | 'fx_conversion';

/** Why money moved. */
export type PostingCause =
  | 'capture'
  | 'refund'
  /** A refund came back after it had succeeded. */
  | 'refund_returned'
  | 'fee_expected'
  /** The gateway has told its fee, and none was expected. */
  | 'fee_actual'
  /** The gateway has told another fee than the one that was posted; the entry is the difference. */
  | 'fee_corrected'
  | 'fee_returned'
  | 'fee_return_corrected'
  | 'dispute_opened'
  /** The gateway gives back what a dispute had withheld. */
  | 'dispute_released'
  | 'dispute_lost'
  /** What was lost is not lost after all: an appeal was won. */
  | 'dispute_loss_reversed'
  | 'dispute_fee'
  | 'dispute_fee_returned'
  /** A gateway took money that it was not to take, and gave it back. */
  | 'late_charge'
  | 'late_charge_returned'
  | 'payout'
  /** A payout came back, or less was paid out than the gateway had told first. */
  | 'payout_returned'
  /** What the gateway keeps for paying out. */
  | 'payout_fee'
  | 'payout_fee_returned'
  | 'conversion';

/** One entry: balanced by construction, as it names both sides. The amount is minor units and above zero. */
export interface Posting {
  debit: LedgerAccount;
  credit: LedgerAccount;
  amount: bigint;
  currency: Currency;
  cause: PostingCause;
}

/** An amount of a payment that stands in the ledger once, on one pair of accounts. It may go down again. */
interface Measure {
  /** The same measure before and after a change, by its name and currency. */
  name: 'captured' | 'refunded' | 'withheld' | 'lost' | 'fee' | 'fee_returned' | 'dispute_fees';
  debit: LedgerAccount;
  credit: LedgerAccount;
  currency: Currency;
  amount: bigint;
  more: PostingCause;
  less: PostingCause;
}

/**
 * The entries of a change of a payment: the differences of its amounts, and nothing else.
 *
 * The change is committed only where the payment still stands as `before`, so whatever is told late, twice or in
 * another order is posted once: what is no difference is no entry.
 */
export function postingsOf(before: Payment, after: Payment): Posting[] {
  const known = new Map(measuresOf(before).map((each) => [keyOf(each), each]));
  const told = new Map(measuresOf(after).map((each) => [keyOf(each), each]));
  const postings: Posting[] = [];
  for (const key of new Set([...known.keys(), ...told.keys()])) {
    const from = known.get(key);
    const to = told.get(key);
    const measure = to ?? from;
    if (!measure) continue;
    const difference = (to?.amount ?? 0n) - (from?.amount ?? 0n);
    if (difference === 0n) continue;
    const { debit, credit, currency } = measure;
    const cause = measure.name === 'fee' ? causeOfFee(before, after) : null;
    postings.push(
      difference > 0n
        ? { debit, credit, amount: difference, currency, cause: cause ?? measure.more }
        : {
            debit: credit,
            credit: debit,
            amount: -difference,
            currency,
            cause: cause ?? measure.less,
          },
    );
  }
  return postings;
}

/** Everything that the ledger has to hold of a payment: the entries that lead from nothing to where it stands. */
export function allPostingsOf(payment: Payment): Posting[] {
  const nothing: Payment = {
    ...payment,
    amountCaptured: 0n,
    amountRefunded: 0n,
    amountDisputed: 0n,
    amountDisputedLost: 0n,
    feeActual: null,
    feeReturned: 0n,
    feeDisputes: 0n,
  };
  return postingsOf(nothing, payment);
}

/** What a gateway took by mistake and gave back: both entries, so that its records find their match. */
export function lateChargePostings(gateway: string, amount: bigint, currency: Currency): Posting[] {
  const clearing = accountOf('gateway_clearing', gateway);
  const taken = { debit: clearing, credit: 'merchant_balance', amount, currency } as const;
  return [
    { ...taken, cause: 'late_charge' },
    { ...taken, debit: taken.credit, credit: taken.debit, cause: 'late_charge_returned' },
  ];
}

/** What accounts come to, debits less credits in minor units, by `positionKey`; those at zero may be left out. */
export type Positions = ReadonlyMap<string, bigint>;

/** An account and a currency as one word. */
export function positionKey(account: string, currency: Currency): string {
  return `${account} ${currency}`;
}

/** What entries come to. */
export function positionsOf(postings: readonly Posting[]): Map<string, bigint> {
  const positions = new Map<string, bigint>();
  const count = (account: LedgerAccount, currency: Currency, amount: bigint) => {
    const key = positionKey(account, currency);
    positions.set(key, (positions.get(key) ?? 0n) + amount);
  };
  for (const { debit, credit, amount, currency } of postings) {
    count(debit, currency, amount);
    count(credit, currency, -amount);
  }
  return positions;
}

/** A gateway's own account of a kind. */
export function accountOf<Kind extends GatewayAccountKind>(kind: Kind, gateway: string) {
  return `${kind}/${gateway}` as const;
}

function measuresOf(payment: Payment): Measure[] {
  const { currency, gateway, amountDisputed, amountDisputedLost } = payment;
  const clearing = accountOf('gateway_clearing', gateway);
  const fees = accountOf('gateway_fees', gateway);
  const feeCurrency = feeCurrencyOf(payment);
  return [
    {
      name: 'captured',
      debit: clearing,
      credit: 'merchant_balance',
      currency,
      amount: payment.amountCaptured,
      more: 'capture',
      less: 'capture',
    },
    {
      name: 'refunded',
      debit: 'merchant_balance',
      credit: clearing,
      currency,
      amount: payment.amountRefunded,
      more: 'refund',
      less: 'refund_returned',
    },
    {
      // What was lost has been withheld first, also where the gateway told of the end alone.
      name: 'withheld',
      debit: 'disputes_held',
      credit: clearing,
      currency,
      amount: amountDisputed + amountDisputedLost,
      more: 'dispute_opened',
      less: 'dispute_released',
    },
    {
      name: 'lost',
      debit: 'merchant_balance',
      credit: 'disputes_held',
      currency,
      amount: amountDisputedLost,
      more: 'dispute_lost',
      less: 'dispute_loss_reversed',
    },
    {
      name: 'fee',
      debit: fees,
      credit: clearing,
      currency: payment.feeActual === null ? currency : feeCurrency,
      amount: postedFee(payment),
      more: 'fee_actual',
      less: 'fee_corrected',
    },
    {
      name: 'fee_returned',
      debit: clearing,
      credit: fees,
      currency: feeCurrency,
      amount: payment.feeReturned,
      more: 'fee_returned',
      less: 'fee_return_corrected',
    },
    {
      name: 'dispute_fees',
      debit: fees,
      credit: clearing,
      currency: feeCurrency,
      amount: payment.feeDisputes,
      more: 'dispute_fee',
      less: 'dispute_fee_returned',
    },
  ];
}

/** A fee is due once something was captured: the one that was told, or else the one that is expected. */
function postedFee(payment: Payment): bigint {
  if (payment.amountCaptured === 0n) return 0n;
  return payment.feeActual ?? expectedFeeOf(payment) ?? 0n;
}

function causeOfFee(before: Payment, after: Payment): PostingCause {
  if (after.feeActual === null) return 'fee_expected';
  return postedFee(before) === 0n ? 'fee_actual' : 'fee_corrected';
}

function keyOf({ name, currency }: Measure): string {
  return `${name}/${currency}`;
}
