import { expect } from 'vitest';
import { load, problemsOf, settingsOf, test } from './loading-fixture.ts';

test('limits of single currencies stand beside the general ones, each with both bounds', ({
  folder,
}) => {
  folder.write('.env.development', 'PAYMENT_MAX_PAYMENT_AMOUNT_KWD=1000.500');
  const { amountLimits } = settingsOf(
    load(folder.path, {
      PAYMENT_MAX_PAYMENT_AMOUNT_JPY: '5000000',
      PAYMENT_MIN_PAYMENT_AMOUNT_JPY: '100 # yen',
      PAYMENT_MAX_PAYMENT_AMOUNT_EUR: '',
    }),
  ).payments;
  expect(amountLimits).toEqual({
    general: { min: '1.00', max: '50000.00' },
    byCurrency: {
      JPY: { min: '100', max: '5000000' },
      KWD: { min: '1.00', max: '1000.500' },
    },
  });
});

test('limits that leave no amount are a problem, in general and for one currency', ({ folder }) => {
  expect(
    problemsOf(
      load(folder.path, {
        PAYMENT_MIN_PAYMENT_AMOUNT: '10.00',
        PAYMENT_MAX_PAYMENT_AMOUNT: '9.99',
        PAYMENT_MAX_PAYMENT_AMOUNT_KWD: '5',
      }),
    ),
  ).toEqual({
    PAYMENT_MAX_PAYMENT_AMOUNT:
      'leaves no amount that may be paid: at least 10.00 and at most 9.99',
    PAYMENT_MAX_PAYMENT_AMOUNT_KWD:
      'leaves no amount that may be paid: at least 10.00 and at most 5',
  });
});

test('a limit that is wrong for its currency is a problem, not a limit that silently never holds', ({
  folder,
}) => {
  const problems = problemsOf(
    load(folder.path, {
      PAYMENT_MAX_PAYMENT_AMOUNT_JPY: '100.50',
      PAYMENT_MAX_PAYMENT_AMOUNT_EURO: '100',
      PAYMENT_MIN_PAYMENT_AMOUNT_usd: '1',
      PAYMENT_MIN_PAYMENT_AMOUNT_GBP: 'one',
    }),
  );
  expect(Object.keys(problems).sort()).toEqual([
    'PAYMENT_MAX_PAYMENT_AMOUNT_EURO',
    'PAYMENT_MAX_PAYMENT_AMOUNT_JPY',
    'PAYMENT_MIN_PAYMENT_AMOUNT_GBP',
    'PAYMENT_MIN_PAYMENT_AMOUNT_usd',
  ]);
});
