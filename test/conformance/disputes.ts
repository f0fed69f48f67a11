import { expect, test } from 'vitest';
import { newPayment, pay, readCall, reportOf } from './driver.ts';
import type { OpenSubject } from './subject.ts';

async function steer(subject: OpenSubject, path: string, body: object): Promise<{ id: string }> {
  const response = await fetch(`${subject.sandbox.url}/__sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { id: string };
}

/** Payments that a customer has disputed. */
export function disputes(subject: () => OpenSubject): void {
  test.for([
    ['win', 'won', 0n],
    ['lose', 'lost', 4_200n],
  ] as const)(
    'a dispute that ends with %s is told with what is lost',
    async ([end, status, lost]) => {
      const { gateway } = subject();
      const { request, outcome } = await pay(subject(), newPayment(subject()));
      const { gatewayPaymentId } = reportOf(outcome);
      const { id } = await steer(subject(), 'disputes', { payment: gatewayPaymentId });
      const opened = await gateway.retrieveDispute(id, readCall());
      expect(opened).toMatchObject({
        kind: 'found',
        report: {
          gatewayDisputeId: id,
          amount: 4_200n,
          amountLost: 0n,
          currency: request.currency,
        },
      });
      if (opened.kind !== 'found') return;
      expect(['needs_response', 'under_review']).toContain(opened.report.status);
      const { reference } = opened.report;
      expect([
        opened.report.gatewayPaymentId === gatewayPaymentId,
        reference?.paymentId === request.reference.paymentId,
      ]).toContain(true);
      await steer(subject(), `disputes/${id}/${end}`, {});
      expect(await gateway.retrieveDispute(id, readCall())).toMatchObject({
        kind: 'found',
        report: { status, amountLost: lost },
      });
    },
  );

  test('an unknown dispute is not found', async () => {
    const { kind } = await subject().gateway.retrieveDispute('NONE1', readCall());
    expect(kind).toBe('not_found');
  });
}
