import type { Evidence, EntryRow, PaymentRow } from './evidence.ts';
import { gatewaySides, sumUp } from './charges.ts';
import { GATEWAY_NAMES, type GatewayName } from '../world/names.ts';
import type { Violation } from './violation.ts';

/** The ledger is balanced, fits what it was posted from, and tells of each payment what its gateways tell. */
export function checkLedger(evidence: Evidence): Violation[] {
  const { ledger, payments } = evidence;
  const violations: Violation[] = [];
  const report = (what: string, paymentId: string | null = null) =>
    violations.push({
      invariant: 'ledger differs',
      what,
      paymentId,
      purchase: payments.find(({ id }) => id === paymentId)?.orderId ?? null,
    });
  for (const { currency, difference } of unbalanced(ledger.balances)) {
    report(`all accounts together are at ${difference} ${currency}`);
  }
  for (const finding of ledger.findings) {
    const { kind, ...rest } = finding;
    const details = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
    report(`${kind}: ${details.join(' ')}`, 'paymentId' in finding ? finding.paymentId : null);
  }
  const sides = gatewaySides(evidence);
  for (const payment of payments) {
    for (const gateway of GATEWAY_NAMES) {
      const charges = sides
        .filter((side) => side.gateway === gateway && side.paymentId === payment.id)
        .flatMap(({ book }) => book.charges);
      const there = sumUp(charges);
      const here = movedAt(gateway, payment, ledger.entries);
      if (here.taken !== there.captured || here.returned !== there.refunded) {
        report(
          `${gateway} took ${there.captured} and returned ${there.refunded}; the ledger says ${here.taken} and ${here.returned}`,
          payment.id,
        );
      }
    }
  }
  return violations;
}

function unbalanced(balances: Evidence['ledger']['balances']) {
  const byCurrency = Map.groupBy(balances, ({ currency }) => currency);
  return [...byCurrency]
    .map(([currency, own]) => ({
      currency,
      difference: own.reduce((sum, { debits, credits }) => sum + debits - credits, 0n),
    }))
    .filter(({ difference }) => difference !== 0n);
}

/** What the ledger says that a gateway took for a payment and returned of it, whatever it cost. */
function movedAt(gateway: GatewayName, { id }: PaymentRow, entries: readonly EntryRow[]) {
  const clearing = `gateway_clearing/${gateway}`;
  const sum = (causes: readonly string[], side: 'debit' | 'credit') =>
    entries
      .filter((each) => each.paymentId === id && causes.includes(each.cause))
      .filter((each) => each[side] === clearing)
      .reduce((total, { amount }) => total + amount, 0);
  return {
    taken: sum(['capture', 'late_charge'], 'debit') - sum(['capture'], 'credit'),
    returned: sum(['refund', 'late_charge_returned'], 'credit') - sum(['refund_returned'], 'debit'),
  };
}
