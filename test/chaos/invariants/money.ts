import type { Evidence, PaymentRow } from './evidence.ts';
import { gatewaySides, sideOf, sumUp, type GatewaySide } from './charges.ts';
import type { Violation } from './violation.ts';

type Report = (invariant: Violation['invariant'], what: string, payment?: PaymentRow) => void;

/** Nobody pays twice, nothing goes back twice, and both sides say the same of every payment. */
export function checkMoney(evidence: Evidence): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (invariant, what, payment) =>
    violations.push({
      invariant,
      what,
      paymentId: payment?.id ?? null,
      purchase: payment?.orderId ?? null,
    });
  for (const problem of evidence.bookProblems) report('books differ', problem);
  const sides = gatewaySides(evidence);
  checkStrangers(sides, report);
  checkPurchases(evidence, report);
  for (const payment of evidence.payments) {
    const own = sides.filter(({ paymentId }) => paymentId === payment.id);
    checkCharges(evidence, payment, own, report);
    checkSameBooks(payment, sideOf(payment, own), report);
    checkRefunds(evidence, payment, own, report);
  }
  return violations;
}

/** Money that a gateway took for Tender is money that Tender knows of. */
function checkStrangers(sides: readonly GatewaySide[], report: Report): void {
  for (const { gateway, book, paymentId } of sides) {
    if (paymentId === null && sumUp(book.charges).live > 0) {
      report('request lost', `${gateway} has a charge of ${book.id} that nothing here is about`);
    }
  }
}

function checkPurchases({ payments, purchases }: Evidence, report: Report): void {
  const byPurchase = Map.groupBy(payments, ({ orderId }) => orderId);
  for (const { name } of purchases) {
    const [first, ...more] = byPurchase.get(name) ?? [];
    if (more.length > 0)
      report('double charge', `${name} became ${more.length + 1} payments`, first);
  }
}

function checkCharges(
  { events }: Evidence,
  payment: PaymentRow,
  own: readonly GatewaySide[],
  report: Report,
): void {
  const charged = own
    .map(({ gateway, book }) => ({ gateway, id: book.id, ...sumUp(book.charges) }))
    .filter(({ live }) => live > 0);
  const live = charged.reduce((sum, each) => sum + each.live, 0);
  // What a gateway took after it had refused may stand beside the payment's own charge once it has gone back.
  const wasReturned = events.some(
    ({ type, paymentId }) => type === 'payment.late_charge_returned' && paymentId === payment.id,
  );
  const keeping = charged.filter(
    ({ captured, refunded, refundPending, held }) => captured - refunded - refundPending + held > 0,
  );
  const late = charged.filter(({ id }) => id !== payment.gatewayPaymentId);
  if (live <= 1 && !late.some((each) => keeping.includes(each))) return;
  const isHarmless =
    wasReturned &&
    charged.every((each) => each.live === 1) &&
    !late.some((each) => keeping.includes(each));
  if (isHarmless) return;
  const where = charged.map(({ gateway, id }) => `${gateway} ${id}`).join(', ');
  report('double charge', `${live} live charges: ${where}`, payment);
}

function checkSameBooks(payment: PaymentRow, side: GatewaySide | null, report: Report): void {
  const sums = sumUp(side?.book.charges ?? []);
  const ours = {
    captured: payment.captured,
    refunded: payment.refunded,
    held: payment.capturable,
    live: ['succeeded', 'requires_capture'].includes(payment.status) ? 1 : 0,
  };
  for (const name of ['captured', 'refunded', 'held', 'live'] as const) {
    if (ours[name] !== sums[name]) {
      report(
        'books differ',
        `${name}: ${ours[name]} here (${payment.status}), ${sums[name]} at ${payment.gateway} (${side?.book.status ?? 'nothing there'})`,
        payment,
      );
    }
  }
  if (payment.status === 'succeeded' && sums.captured === 0) {
    report('books differ', 'succeeded here, and nothing was captured', payment);
  }
  if (payment.refunded + payment.refundPending > payment.captured) {
    report('double charge', `refunded ${payment.refunded} of ${payment.captured} here`, payment);
  }
  if (sums.refunded + sums.refundPending > sums.captured) {
    report('double charge', `refunded ${sums.refunded} of ${sums.captured} there`, payment);
  }
}

/** Each refund at the gateway is one that was asked for here, and the other way round. */
function checkRefunds(
  { refunds }: Evidence,
  payment: PaymentRow,
  own: readonly GatewaySide[],
  report: Report,
): void {
  const here = refunds.filter(({ paymentId }) => paymentId === payment.id);
  const there = sideOf(payment, own)?.book.refunds ?? [];
  for (const refund of here) {
    if (refund.source !== 'api') {
      report(
        'double charge',
        `${refund.gateway} made refund ${refund.gatewayRefundId} unasked`,
        payment,
      );
    }
    const twin = there.find(({ id }) => id === refund.gatewayRefundId);
    if (refund.status === 'failed' && !twin) continue;
    if (!twin || twin.status !== refund.status || twin.amount !== refund.amount) {
      report(
        'books differ',
        `${refund.id}: ${refund.status} ${refund.amount} here, ${twin ? `${twin.status} ${twin.amount}` : 'nothing'} there`,
        payment,
      );
    }
  }
  for (const refund of there) {
    if (!here.some(({ gatewayRefundId }) => gatewayRefundId === refund.id)) {
      report('books differ', `refund ${refund.id} is not known here`, payment);
    }
  }
}
