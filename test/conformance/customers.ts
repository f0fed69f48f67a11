import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { SavedMethodReport } from '../../src/domain/report.ts';
import { liveCharges, moneyCall, newPayment, pay, reportOf } from './driver.ts';
import type { OpenSubject } from './subject.ts';

async function newCustomer(subject: OpenSubject): Promise<string> {
  const customerId = `cus_${randomBytes(13).toString('hex')}`;
  const person = { customerId, email: 'ada@example.com', name: 'Ada' };
  const call = moneyCall();
  const made = await subject.gateway.createCustomer(person, call);
  expect(await subject.gateway.createCustomer(person, call)).toEqual(made);
  if (made.kind !== 'succeeded') throw new Error(`no customer: ${made.kind}`);
  return made.report.gatewayCustomerId;
}

/** A method that the gateway keeps for a customer, saved with a payment. */
async function savedWithPayment(
  subject: OpenSubject,
  gatewayCustomerId: string,
): Promise<SavedMethodReport> {
  const saving = newPayment(subject, { gatewayCustomerId, savePaymentMethod: true });
  const { outcome } = await pay(subject, saving);
  const { savedMethod } = reportOf(outcome);
  if (savedMethod === null) throw new Error('the method was not saved');
  return savedMethod;
}

/** Customers, and the payment methods that the gateway keeps for them. */
export function customers(subject: () => OpenSubject): void {
  test('a method is kept with a payment, charged without the customer, and gone once detached', async () => {
    const { gateway } = subject();
    expect(gateway.capabilities.savedMethods).toBe(true);
    const gatewayCustomerId = await newCustomer(subject());
    const { gatewayMethodId } = await savedWithPayment(subject(), gatewayCustomerId);
    const again = () =>
      pay(
        subject(),
        newPayment(subject(), {
          gatewayCustomerId,
          paymentMethod: gatewayMethodId,
          offSession: true,
          returnUrl: null,
        }),
      );
    const { request, outcome } = await again();
    expect(outcome).toMatchObject({ kind: 'succeeded', report: { amountCaptured: 4_200n } });
    expect(liveCharges(subject(), request)).toHaveLength(1);

    const detach = () => gateway.detachMethod({ gatewayCustomerId, gatewayMethodId }, moneyCall());
    expect((await detach()).kind).toBe('succeeded');
    expect((await detach()).kind).toBe('succeeded');
    const late = await again();
    expect(['refused', 'declined']).toContain(late.outcome.kind);
    expect(liveCharges(subject(), late.request)).toEqual([]);
  });

  test('a customer can be deleted, and has been where it is asked for again', async () => {
    const { gateway } = subject();
    const gatewayCustomerId = await newCustomer(subject());
    const gone = () => gateway.deleteCustomer(gatewayCustomerId, moneyCall());
    expect((await gone()).kind).toBe('succeeded');
    expect((await gone()).kind).toBe('succeeded');
  });
}
