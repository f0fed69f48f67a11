import { sumUp, gatewaySides } from './invariants/charges.ts';
import type { Evidence } from './invariants/evidence.ts';
import type { Violation } from './invariants/violation.ts';
import type { Call } from './load/client.ts';

/** The shortest account of one payment that tells everything both sides know of it. */
export function tellHistory(evidence: Evidence, { paymentId, purchase }: Violation): string[] {
  const payments = evidence.payments.filter(
    ({ id, orderId }) => id === paymentId || (purchase !== null && orderId === purchase),
  );
  const ids = new Set(payments.map(({ id }) => id));
  if (paymentId !== null) ids.add(paymentId);
  const about = <T extends { paymentId: string | null }>(rows: readonly T[]) =>
    rows.filter((row) => row.paymentId !== null && ids.has(row.paymentId));
  const bought = evidence.purchases.find(({ name }) => name === purchase);
  const sides = about(gatewaySides(evidence));
  return [
    ...(bought
      ? [`purchase ${bought.name}: ${bought.story}, ${bought.gateway ?? 'any gateway'}`]
      : []),
    ...evidence.calls
      .filter((call) => call.method === 'POST' && call.purchase === purchase)
      .map(tellCall),
    ...payments.map((row) => `here: ${tell(row)}`),
    ...about(evidence.attempts).map((row) => `attempt: ${tell(row)}`),
    ...about(evidence.refunds).map((row) => `refund: ${tell(row)}`),
    `events: ${about(evidence.events)
      .map(({ type }) => type)
      .join(', ')}`,
    ...sides.map(
      ({ gateway, book }) =>
        `there: ${gateway} ${book.id} ${book.status} ${tell(sumUp(book.charges))}` +
        book.refunds
          .map((refund) => ` refund ${refund.id} ${refund.status} ${refund.amount}`)
          .join(''),
    ),
  ];
}

function tellCall({ path, key, tries, answer }: Call): string {
  const heard = tries
    .map(({ at, api, tookMs, heard: what }) => {
      const said =
        what.kind === 'answer' ? `${what.status}${what.code ? ` ${what.code}` : ''}` : what.why;
      return `${at} ms ${api} ${said} (${tookMs} ms)`;
    })
    .join('; ');
  return `call: ${path} ${key}: ${heard}${answer ? ` = ${answer.json?.status ?? answer.status}` : ''}`;
}

function tell(row: object): string {
  return Object.entries(row)
    .filter(([, value]) => value !== null && value !== false && value !== 0)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
