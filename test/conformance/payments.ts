import { expect, test } from 'vitest';
import { liveCharges, moneyCall, newPayment, pay, readCall, reportOf } from './driver.ts';
import type { OpenSubject } from './subject.ts';

/** What becomes of payments when nothing goes wrong on the way. */
export function payments(subject: () => OpenSubject): void {
  test('a payment with a method that works is charged once, and tells what it is', async () => {
    const { request, outcome } = await pay(subject(), newPayment(subject()));
    expect(outcome.kind).toBe('succeeded');
    const report = reportOf(outcome);
    expect(report).toMatchObject({
      status: 'succeeded',
      amount: 4_200n,
      currency: subject().currency,
      amountCaptured: 4_200n,
      amountCapturable: 0n,
    });
    const { reference } = report;
    expect([reference?.paymentId, reference?.attemptId]).toContain(request.reference.attemptId);
    expect(liveCharges(subject(), request)).toMatchObject([{ captured: 4200, refunded: 0 }]);
    const read = await subject().gateway.retrievePayment(report.gatewayPaymentId, readCall());
    expect(read).toMatchObject({ kind: 'found', report: { status: 'succeeded' } });
  });

  test('an authorization holds the amount until all of it is captured', async () => {
    const { gateway } = subject();
    const manual = newPayment(subject(), { captureMethod: 'manual' });
    const { outcome } = await pay(subject(), manual);
    const { gatewayPaymentId, ...authorized } = reportOf(outcome);
    expect(authorized).toMatchObject({
      status: 'requires_capture',
      amountCapturable: 4_200n,
      amountCaptured: 0n,
    });
    expect(authorized.captureBefore?.getTime()).toBeGreaterThan(Date.now());
    expect(liveCharges(subject(), manual)).toMatchObject([{ captured: 0 }]);
    const { amount, currency } = manual;
    const captured = await gateway.capturePayment(
      { gatewayPaymentId, amount, currency },
      moneyCall(),
    );
    expect(captured).toMatchObject({
      kind: 'succeeded',
      report: { status: 'succeeded', amountCaptured: 4_200n },
    });
    expect(liveCharges(subject(), manual)).toMatchObject([{ captured: 4200 }]);
  });

  test('a part of an authorization can be captured, and the rest is let go', async () => {
    const { gateway } = subject();
    expect(gateway.capabilities.partialCapture).toBe(true);
    const manual = newPayment(subject(), { captureMethod: 'manual' });
    const { gatewayPaymentId } = reportOf((await pay(subject(), manual)).outcome);
    const part = { gatewayPaymentId, amount: 1_500n, currency: manual.currency };
    const captured = await gateway.capturePayment(part, moneyCall());
    expect(captured).toMatchObject({
      kind: 'succeeded',
      report: { status: 'succeeded', amountCaptured: 1_500n, amountCapturable: 0n },
    });
    expect(liveCharges(subject(), manual)).toMatchObject([{ captured: 1500 }]);
  });

  test('a capture of far more than is authorized is refused and captures nothing', async () => {
    const { gateway } = subject();
    const manual = newPayment(subject(), { captureMethod: 'manual' });
    const { gatewayPaymentId } = reportOf((await pay(subject(), manual)).outcome);
    const more = { gatewayPaymentId, amount: 8_400n, currency: manual.currency };
    const outcome = await gateway.capturePayment(more, moneyCall());
    expect(['refused', 'declined']).toContain(outcome.kind);
    expect(liveCharges(subject(), manual)).toMatchObject([{ captured: 0 }]);
  });

  test('a canceled authorization holds nothing any more, and cannot be captured', async () => {
    const { gateway } = subject();
    const manual = newPayment(subject(), { captureMethod: 'manual' });
    const { gatewayPaymentId } = reportOf((await pay(subject(), manual)).outcome);
    const canceled = await gateway.cancelPayment({ gatewayPaymentId, reason: null }, moneyCall());
    expect(canceled).toMatchObject({ kind: 'succeeded', report: { status: 'canceled' } });
    expect(liveCharges(subject(), manual)).toEqual([]);
    const { amount, currency } = manual;
    const late = await gateway.capturePayment({ gatewayPaymentId, amount, currency }, moneyCall());
    expect(late.kind).toBe('refused');
    expect(liveCharges(subject(), manual)).toEqual([]);
  });

  test('a payment that has succeeded cannot be canceled', async () => {
    const { gateway } = subject();
    const { request, outcome } = await pay(subject(), newPayment(subject()));
    const { gatewayPaymentId } = reportOf(outcome);
    const late = await gateway.cancelPayment({ gatewayPaymentId, reason: null }, moneyCall());
    expect(late).toMatchObject({ kind: 'refused', error: { category: 'invalid_request' } });
    expect(liveCharges(subject(), request)).toMatchObject([{ captured: 4200 }]);
  });

  test('what the issuer or the gateway declines is declined, with the reason, and charges nothing', async () => {
    expect(subject().methods.declined.length).toBeGreaterThan(0);
    for (const { method, code, approve } of subject().methods.declined) {
      const { request, outcome } = await pay(
        subject(),
        newPayment(subject(), { paymentMethod: method }),
        { approve },
      );
      expect(outcome, method).toMatchObject({ kind: 'declined', decline: { code } });
      expect(liveCharges(subject(), request), method).toEqual([]);
    }
  });

  test('a customer who is asked decides: agreeing charges, refusing does not', async () => {
    const { methods, gateway, approve, refuse } = subject();
    // That no method asks is for the adapter to say, and then there is nothing to decide.
    if (methods.asksCustomer === null) return expect(gateway.capabilities.redirect).toBe(false);
    const asking = () => newPayment(subject(), { paymentMethod: methods.asksCustomer });
    const asked = asking();
    const outcome = await gateway.createPayment(asked, moneyCall());
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      report: { status: 'requires_action' },
    });
    if (outcome.kind !== 'requires_action') return;
    expect(liveCharges(subject(), asked)).toEqual([]);
    await approve(outcome.action);
    const { gatewayPaymentId } = outcome.report;
    const read = await gateway.retrievePayment(gatewayPaymentId, readCall());
    expect(read.kind === 'found' && read.report.status).toMatch(
      /^(succeeded|requires_completion)$/,
    );

    const refused = asking();
    const other = await gateway.createPayment(refused, moneyCall());
    if (other.kind !== 'requires_action') throw new Error('the customer is not asked');
    await refuse?.(other.action);
    expect(liveCharges(subject(), refused)).toEqual([]);
    const after = await gateway.retrievePayment(other.report.gatewayPaymentId, readCall());
    expect(after.kind === 'found' && after.report.status).toMatch(
      refuse ? /^requires_payment_method$/ : /^requires_action$/,
    );
  });

  test('an unknown payment is not found, or gone where the gateway forgets', async () => {
    const { gateway } = subject();
    const { gatewayPaymentId } = reportOf((await pay(subject(), newPayment(subject()))).outcome);
    const stranger = gatewayPaymentId.replace(/.{3}$/, 'xyz');
    const { kind } = await gateway.retrievePayment(stranger, readCall());
    expect(['not_found', 'gone']).toContain(kind);
  });
}
