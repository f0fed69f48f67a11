import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCurrencies, exponentOf } from '../../src/domain/currency.ts';
import { chargesOf, moneyCall, newPayment, pay, reportOf } from './driver.ts';
import type { OpenSubject } from './subject.ts';

/** Amounts and currencies. */
export function amounts(subject: () => OpenSubject): void {
  test('any amount that the gateway takes is charged to the last minor unit', async () => {
    const { gateway, currency } = subject();
    const taken = fc
      .bigInt({ min: 100n, max: 900_000n })
      .filter((amount) => gateway.checkAmount(amount, currency) === null);
    await fc.assert(
      fc.asyncProperty(taken, async (amount) => {
        const { outcome } = await pay(subject(), newPayment(subject(), { amount }));
        expect(reportOf(outcome)).toMatchObject({ amount, amountCaptured: amount });
      }),
      { numRuns: 15 },
    );
  });

  test('every currency that it names is one that it takes some amount of, and no other is', () => {
    const { gateway } = subject();
    const named = new Set(gateway.currencies);
    expect(named.size).toBeGreaterThan(0);
    for (const currency of allCurrencies()) {
      const amount = 20n * 10n ** BigInt(exponentOf(currency)) * 100n;
      const problem = gateway.checkAmount(amount, currency);
      if (named.has(currency)) expect(problem, currency).toBeNull();
      else expect(problem, currency).toMatchObject({ code: 'currency_not_supported' });
    }
  });

  test('an amount or a currency that it does not take is refused before anything is sent', async () => {
    const { gateway, unreachable } = subject();
    const foreign = allCurrencies().find((currency) => !gateway.currencies.includes(currency));
    const wrong = [{ amount: 0n }, { amount: -1n }, ...(foreign ? [{ currency: foreign }] : [])];
    for (const over of wrong) {
      const request = newPayment(subject(), over);
      // Where nobody listens a request that is sent would be told as unreachable.
      const outcome = await unreachable.createPayment(request, moneyCall());
      expect(outcome).toMatchObject({ kind: 'refused', error: { category: 'invalid_request' } });
      expect(chargesOf(subject(), request)).toEqual([]);
    }
  });

  test('tokens of other gateways are told apart from its own', () => {
    const { gateway, methods } = subject();
    expect(gateway.takesPaymentMethod(methods.works)).toBe(true);
    const foreign = { stripe: 'pm_card_visa', square: 'cnon:card-nonce-ok', paypal: 'paypal' };
    for (const [name, token] of Object.entries(foreign)) {
      expect(gateway.takesPaymentMethod(token), token).toBe(name === gateway.name);
    }
  });
}
