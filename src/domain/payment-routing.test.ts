import { expect, test } from 'vitest';
import { byPolicy, theOnlyWay } from './payment-routing.ts';

test('a way without an alternative says who decided it, and that nothing else was considered', () => {
  expect(theOnlyWay('request', 'a', 59n)).toEqual({
    by: 'request',
    strategy: null,
    rule: null,
    policyVersion: null,
    considered: [{ gateway: 'a', rank: 1, passedOver: null, expectedFee: '59' }],
  });
  expect(theOnlyWay('payment_method', 'a', null)).toMatchObject({
    by: 'payment_method',
    considered: [{ expectedFee: null }],
  });
});

test("a policy's decision is kept with its version, its rule and every gateway that it judged", () => {
  const passedOver = { reason: 'disabled', detail: 'b is switched off.' } as const;
  const considered = [
    { gateway: 'a', rank: 1, passedOver: null, fee: 0n },
    { gateway: 'b', rank: null, passedOver, fee: null },
  ];
  expect(byPolicy({ strategy: 'lowest_fee', rule: 'euros', considered }, 3)).toEqual({
    by: 'policy',
    strategy: 'lowest_fee',
    rule: 'euros',
    policyVersion: 3,
    considered: [
      { gateway: 'a', rank: 1, passedOver: null, expectedFee: '0' },
      { gateway: 'b', rank: null, passedOver, expectedFee: null },
    ],
  });
});
