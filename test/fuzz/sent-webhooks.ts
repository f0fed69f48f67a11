import { expect } from 'vitest';
import type { WebhookDelivery } from '../../src/gateways/gateway.ts';
import { moneyCall, newPayment, pay, reportOf } from '../conformance/driver.ts';
import type { OpenSubject } from '../conformance/subject.ts';
import { eventually } from '../support/eventually.ts';

/** Has the sandbox send every event that it knows, each about something that happened there. */
export async function everyWebhook(subject: OpenSubject): Promise<WebhookDelivery[]> {
  // The suite's patience with its sandbox is short, and a machine may be busy: what was not told is done anew.
  const { terms, gatewayPaymentId } = await eventually(async () => {
    const terms = newPayment(subject);
    const { outcome } = await pay(subject, terms);
    return { terms, gatewayPaymentId: reportOf(outcome).gatewayPaymentId };
  });
  await subject.gateway.createRefund(
    {
      gatewayPaymentId,
      amount: 1_000n,
      currency: subject.currency,
      reason: 'duplicate',
      paymentId: terms.reference.paymentId,
      refundId: 'ref_1',
    },
    moneyCall(),
  );
  await steer(subject, 'disputes', { payment: gatewayPaymentId });
  const unknown = await steer(subject, 'events', { type: 'no.such.event' });
  const types = [...new Set(unknown.match(/\b[A-Za-z_-]+(?:\.[A-Za-z_-]+)+\b/g))];
  const asked = types.filter((type) => type !== 'no.such.event');
  for (const type of asked) await steer(subject, 'events', { type });
  await eventually(() => expect(subject.deliveries.received.length).toBeGreaterThan(8));
  return subject.deliveries.received;
}

async function steer({ sandbox }: OpenSubject, path: string, body: object): Promise<string> {
  const response = await fetch(`${sandbox.url}/__sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.text();
}
