import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplePayment } from '../../test/support/samples.ts';
import { applyDisputeReport, isOpen, paysOutTooMuch, type Dispute } from './dispute.ts';
import { disputeEvents } from './event.ts';
import { refundableAmount, type Payment } from './payment.ts';
import { DISPUTE_STATUSES, type DisputeReport } from './report.ts';

const NOW = new Date('2026-03-01T00:00:00Z');

function sampleReport(over: Partial<DisputeReport> = {}): DisputeReport {
  return {
    gatewayDisputeId: 'dp_1',
    gatewayPaymentId: 'pi_1',
    reference: null,
    status: 'needs_response',
    amount: 1_000n,
    currency: 'EUR',
    amountLost: 0n,
    fee: null,
    reason: 'fraudulent',
    gatewayReason: 'fraudulent',
    evidenceDueBy: null,
    openedAt: NOW,
    ...over,
  };
}

interface Books {
  payment: Payment;
  disputes: readonly Dispute[];
}

function paid(over: Partial<Payment> = {}): Books {
  return {
    payment: samplePayment({ status: 'succeeded', amountCaptured: 1_000n, ...over }),
    disputes: [],
  };
}

/** The books after a report, unchanged where it changes nothing. */
function after(books: Books, report: DisputeReport, fresh = false): Books {
  const newId = () => `dis_${books.disputes.length}`;
  const applied = applyDisputeReport(books, report, { fresh, now: NOW, newId });
  if (applied.kind !== 'changed') return books;
  const { dispute, payment } = applied;
  const others = books.disputes.filter(({ id }) => id !== dispute.id);
  return { payment, disputes: [...others, dispute] };
}

const reports = fc
  .record({
    gatewayDisputeId: fc.constantFrom('dp_1', 'dp_2', 'dp_3'),
    status: fc.constantFrom(...DISPUTE_STATUSES),
    amount: fc.bigInt(0n, 2_000n),
    share: fc.bigInt(0n, 100n),
  })
  .map(({ share, ...report }) =>
    sampleReport({ ...report, amountLost: (report.amount * share) / 100n }),
  );
const readings = fc.array(fc.record({ report: reports, fresh: fc.boolean() }), { maxLength: 20 });

test('a payment is disputed while one of its disputes is open, and has lost what they have lost', () => {
  fc.assert(
    fc.property(readings, (told) => {
      const { payment, disputes } = told.reduce(
        (books, { report, fresh }) => after(books, report, fresh),
        paid(),
      );
      const lost = disputes.reduce((sum, { amountLost }) => sum + amountLost, 0n);
      const open = disputes.filter(isOpen);
      const held = open.reduce((sum, each) => sum + each.amount - each.amountLost, 0n);
      expect(payment).toMatchObject({ disputed: open.length > 0, amountDisputed: held });
      expect(payment.amountDisputedLost).toBe(lost);
      expect(refundableAmount(payment)).toBeLessThanOrEqual(payment.amountCaptured);
      expect(refundableAmount(payment)).toBeGreaterThanOrEqual(0n);
    }),
  );
});

test('a report that is told again changes nothing, however fresh it is', () => {
  fc.assert(
    fc.property(readings, reports, fc.boolean(), (told, last, fresh) => {
      const books = told.reduce((sum, each) => after(sum, each.report, each.fresh), paid());
      const once = after(books, last, true);
      expect(after(once, last, fresh)).toEqual(once);
    }),
  );
});

test('webhooks alone never take a dispute back, in whatever order they come', () => {
  const progress = (books: Books, id: string) => {
    const found = books.disputes.find((each) => each.gatewayDisputeId === id);
    return found === undefined ? -1 : isOpen(found) ? Number(found.status === 'under_review') : 2;
  };
  fc.assert(
    fc.property(fc.array(reports, { maxLength: 20 }), (told) => {
      let books = paid();
      for (const report of told) {
        const next = after(books, report);
        const id = report.gatewayDisputeId;
        expect(progress(next, id)).toBeGreaterThanOrEqual(progress(books, id));
        if (progress(books, id) === 2) expect(next).toBe(books);
        books = next;
      }
    }),
  );
});

test('the last fresh reading of each dispute is what remains of everything that was told', () => {
  fc.assert(
    fc.property(readings, (told) => {
      const books = told.reduce((sum, each) => after(sum, each.report, each.fresh), paid());
      for (const { gatewayDisputeId } of books.disputes) {
        const own = told.filter(({ report }) => report.gatewayDisputeId === gatewayDisputeId);
        const last = own.at(-1);
        if (!last?.fresh) continue;
        const kept = books.disputes.find((each) => each.gatewayDisputeId === gatewayDisputeId);
        expect(kept).toMatchObject({ status: last.report.status, amount: last.report.amount });
      }
    }),
  );
});

describe('a dispute', () => {
  const told = (books: Books, report: DisputeReport, fresh = false) =>
    applyDisputeReport(books, report, { fresh, now: NOW, newId: () => 'dis_new' }).kind;

  test('that was lost is won on appeal only when the gateway, asked again, says so', () => {
    const lost = after(paid(), sampleReport({ status: 'lost', amountLost: 1_000n }));
    const won = sampleReport({ status: 'won' });
    expect(told(lost, won)).toBe('ask');
    expect(told(lost, won, true)).toBe('changed');
    expect(after(lost, won, true).payment).toMatchObject({
      disputed: false,
      amountDisputedLost: 0n,
    });
  });

  test('in another currency than its payment, or that lost more than it was about, is a contradiction', () => {
    expect(told(paid(), sampleReport({ currency: 'USD' }), true)).toBe('contradiction');
    expect(told(paid(), sampleReport({ amountLost: 1_001n }), true)).toBe('contradiction');
  });

  test('keeps what it is about from being refunded until it is over', () => {
    const open = after(paid({ amountRefunded: 300n }), sampleReport({ amount: 500n }));
    expect(refundableAmount(open.payment)).toBe(200n);
    const won = after(open, sampleReport({ amount: 500n, status: 'won' }));
    expect(refundableAmount(won.payment)).toBe(700n);
    const lost = after(open, sampleReport({ amount: 500n, status: 'lost', amountLost: 500n }));
    expect(refundableAmount(lost.payment)).toBe(200n);
  });

  test('that is lost after a refund of the same money pays out too much, which is told', () => {
    const lost = sampleReport({ status: 'lost', amountLost: 1_000n });
    expect(paysOutTooMuch(after(paid(), lost).payment)).toBe(false);
    expect(paysOutTooMuch(after(paid({ amountRefunded: 1n }), lost).payment)).toBe(true);
    expect(paysOutTooMuch(after(paid({ amountRefundPending: 1n }), lost).payment)).toBe(true);
  });

  test('is told of once as created, once for each end, and as updated in between', () => {
    const steps = [
      sampleReport(),
      sampleReport({ status: 'under_review' }),
      sampleReport({ status: 'lost', amountLost: 1_000n }),
      sampleReport({ status: 'won' }),
    ];
    let books = paid();
    const events = steps.map((report) => {
      const before = books.disputes[0] ?? null;
      books = after(books, report, true);
      return disputeEvents(before, books.disputes[0]!);
    });
    expect(events).toEqual([
      ['dispute.created'],
      ['dispute.updated'],
      ['dispute.lost'],
      ['dispute.won'],
    ]);
    const [closed] = after(paid(), sampleReport({ status: 'closed' })).disputes;
    expect(disputeEvents(null, closed!)).toEqual(['dispute.created', 'dispute.closed']);
  });
});

describe('a report of a dispute', () => {
  const context = { fresh: true, now: NOW, newId: () => 'dis_new' };
  const open = after(paid(), sampleReport());

  test('that cannot be true says what is wrong with it', () => {
    const detail = (over: Partial<DisputeReport>) => {
      const applied = applyDisputeReport(paid(), sampleReport(over), context);
      return applied.kind === 'contradiction' ? applied.detail : applied.kind;
    };
    expect(detail({ currency: 'USD' })).toBe('the payment is in EUR and its dispute in USD');
    expect(detail({ amountLost: 1_001n })).toBe('more was lost in dp_1 than was disputed');
    expect(detail({ amountLost: 1_000n })).toBe('changed');
  });

  test('is kept with everything that it tells, under an id of ours', () => {
    const due = new Date('2026-03-10T00:00:00Z');
    const report = sampleReport({ evidenceDueBy: due });
    const applied = applyDisputeReport(paid(), report, context);
    expect(applied).toMatchObject({
      kind: 'changed',
      dispute: {
        id: 'dis_new',
        paymentId: open.payment.id,
        gateway: open.payment.gateway,
        gatewayDisputeId: 'dp_1',
        status: 'needs_response',
        amount: 1_000n,
        amountLost: 0n,
        currency: 'EUR',
        reason: 'fraudulent',
        gatewayReason: 'fraudulent',
        evidenceDueBy: due,
        openedAt: NOW,
        createdAt: NOW,
        updatedAt: NOW,
      },
      payment: { updatedAt: NOW },
    });
  });

  test.each<[string, Partial<DisputeReport>]>([
    ['another amount', { amount: 900n }],
    ['a partial loss', { amountLost: 1n }],
    ['another reason', { reason: 'duplicate' }],
    ["another reason of the gateway's", { gatewayReason: 'no_show' }],
    ['another deadline', { evidenceDueBy: new Date('2026-03-20T00:00:00Z') }],
    ['another status', { status: 'under_review' }],
  ])('is news where it tells %s', (_what, over) => {
    const later = new Date('2026-03-02T00:00:00Z');
    const applied = applyDisputeReport(open, sampleReport(over), { ...context, now: later });
    expect(applied).toMatchObject({
      kind: 'changed',
      dispute: { ...over, id: 'dis_0', createdAt: NOW, updatedAt: later },
    });
  });

  test('is no news where it tells the same, a deadline among it', () => {
    const due = sampleReport({ evidenceDueBy: new Date('2026-03-10T00:00:00Z') });
    const told = after(paid(), due);
    const again = sampleReport({ evidenceDueBy: new Date('2026-03-10T00:00:00Z') });
    expect(applyDisputeReport(told, again, context)).toEqual({ kind: 'unchanged' });
  });

  test('takes a step forward only, unless it was asked for', () => {
    const reviewed = after(open, sampleReport({ status: 'under_review' }));
    expect(reviewed.disputes).toMatchObject([{ status: 'under_review' }]);
    const back = sampleReport({ status: 'needs_response' });
    expect(applyDisputeReport(reviewed, back, { ...context, fresh: false })).toEqual({
      kind: 'ask',
    });
    const other = sampleReport({ status: 'under_review', amount: 999n });
    expect(applyDisputeReport(reviewed, other, { ...context, fresh: false })).toEqual({
      kind: 'ask',
    });
    expect(applyDisputeReport(reviewed, back, context)).toMatchObject({ kind: 'changed' });
  });
});
