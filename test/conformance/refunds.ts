import { expect, test } from 'vitest';
import type { CreatePayment, CreateRefund } from '../../src/gateways/gateway.ts';
import {
  chargesOf,
  liveCharges,
  moneyCall,
  newKey,
  newPayment,
  pay,
  readCall,
  reportOf,
} from './driver.ts';
import type { OpenSubject } from './subject.ts';

/** A payment that was charged, for refunds to give back. */
export async function charged(
  subject: OpenSubject,
): Promise<{ request: CreatePayment; refund: (amount: bigint) => CreateRefund }> {
  const { request, outcome } = await pay(subject, newPayment(subject));
  const { gatewayPaymentId } = reportOf(outcome);
  const { currency, reference } = request;
  const refund = (amount: bigint) => ({
    gatewayPaymentId,
    amount,
    currency,
    reason: 'requested_by_customer' as const,
    paymentId: reference.paymentId,
    refundId: `ref_${newKey().slice(0, 26)}`,
  });
  return { request, refund };
}

/** What the sandbox's books say was given back or will be. */
export function givenBack(subject: OpenSubject, request: CreatePayment): number {
  return chargesOf(subject, request).reduce((sum, c) => sum + c.refunded + c.refundPending, 0);
}

/** Giving money back. */
export function refunds(subject: () => OpenSubject): void {
  test('a payment is given back whole, and tells of the refund', async () => {
    const { gateway } = subject();
    const { request, refund } = await charged(subject());
    const whole = refund(4_200n);
    const outcome = await gateway.createRefund(whole, moneyCall());
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      report: { amount: 4_200n, currency: request.currency },
    });
    if (outcome.kind !== 'succeeded') return;
    expect(outcome.report.status).toMatch(/^(pending|succeeded)$/);
    expect(givenBack(subject(), request)).toBe(4200);
    const listed = await gateway.listRefunds(whole.gatewayPaymentId, readCall());
    expect(listed).toMatchObject({
      kind: 'found',
      report: [{ gatewayRefundId: outcome.report.gatewayRefundId, amount: 4_200n }],
    });
  });

  test('parts are given back until nothing is left, and not one more', async () => {
    const { gateway } = subject();
    expect(gateway.capabilities.partialRefund).toBe(true);
    const { request, refund } = await charged(subject());
    for (const amount of [1_000n, 3_200n]) {
      expect((await gateway.createRefund(refund(amount), moneyCall())).kind).toBe('succeeded');
    }
    const tooMuch = await gateway.createRefund(refund(1n), moneyCall());
    expect(['refused', 'declined']).toContain(tooMuch.kind);
    expect(givenBack(subject(), request)).toBe(4200);
    const [charge] = liveCharges(subject(), request);
    expect(charge?.captured).toBe(4200);
  });

  test('what was never charged is not given back', async () => {
    const { gateway } = subject();
    const manual = newPayment(subject(), { captureMethod: 'manual' });
    const { gatewayPaymentId } = reportOf((await pay(subject(), manual)).outcome);
    const { amount, currency, reference } = manual;
    const outcome = await gateway.createRefund(
      {
        gatewayPaymentId,
        amount,
        currency,
        reason: null,
        paymentId: reference.paymentId,
        refundId: 'ref_1',
      },
      moneyCall(),
    );
    expect(['refused', 'declined']).toContain(outcome.kind);
    expect(givenBack(subject(), manual)).toBe(0);
  });
}
