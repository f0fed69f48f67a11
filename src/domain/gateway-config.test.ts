import { describe, expect, test } from 'vitest';
import {
  amountRangeOf,
  configProblem,
  feeScheduleOf,
  NOTHING_CONFIGURED,
  patchConfig,
  UNTOUCHED,
  type GatewayConfig,
} from './gateway-config.ts';

const config = (over: Partial<GatewayConfig> = {}): GatewayConfig => ({
  ...NOTHING_CONFIGURED,
  ...over,
});

test('a gateway about which nobody has said anything is on, without limits, fees or a name', () => {
  expect(UNTOUCHED).toEqual({
    enabled: true,
    config: {
      feePercentage: null,
      feeFixed: null,
      fees: {},
      displayName: null,
      currencies: null,
      minAmount: null,
      maxAmount: null,
      limits: {},
    },
  });
});

describe('a change of settings', () => {
  const before = config({
    feePercentage: '2.9',
    displayName: 'Cards',
    currencies: ['EUR'],
    fees: { EUR: { percentage: '1.5', fixed: '0.25' }, USD: { fixed: '0.30' } },
    limits: { JPY: { minAmount: '100', maxAmount: null } },
  });

  test('leaves alone what it does not name, also where it names it without a value', () => {
    expect(patchConfig(before, {})).toEqual(before);
    expect(patchConfig(before, { minAmount: undefined } as never)).toEqual(before);
    expect(patchConfig(before, { feeFixed: '0.10' })).toEqual({ ...before, feeFixed: '0.10' });
  });

  test('takes away what it sets to null', () => {
    expect(patchConfig(before, { feePercentage: null, displayName: null })).toEqual({
      ...before,
      feePercentage: null,
      displayName: null,
    });
    expect(patchConfig(before, { currencies: null }).currencies).toBeNull();
    expect(patchConfig(before, { fees: null }).fees).toEqual({});
    expect(patchConfig(before, { limits: null }).limits).toEqual({});
  });

  test('keeps each currency once and in order, so that equal settings are written alike', () => {
    const { currencies } = patchConfig(before, { currencies: ['USD', 'EUR', 'USD', 'CHF'] });
    expect(currencies).toEqual(['CHF', 'EUR', 'USD']);
    const one = patchConfig(config(), { fees: { USD: { fixed: '1' }, EUR: { fixed: '2' } } });
    const other = patchConfig(patchConfig(config(), { fees: { EUR: { fixed: '2' } } }), {
      fees: { USD: { fixed: '1' } },
    });
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    const written = patchConfig(config(), { fees: { EUR: { percentage: '1', fixed: '2' } } });
    const backwards = patchConfig(config(), { fees: { EUR: { fixed: '2', percentage: '1' } } });
    expect(JSON.stringify(backwards)).toBe(JSON.stringify(written));
  });

  test('changes one part of one currency, and takes away parts and whole currencies', () => {
    expect(patchConfig(before, { fees: { EUR: { percentage: '1.4' } } }).fees).toEqual({
      EUR: { percentage: '1.4', fixed: '0.25' },
      USD: { fixed: '0.30' },
    });
    expect(patchConfig(before, { fees: { EUR: { percentage: null } } }).fees).toEqual({
      EUR: { fixed: '0.25' },
      USD: { fixed: '0.30' },
    });
    expect(patchConfig(before, { fees: { EUR: null } }).fees).toEqual({ USD: { fixed: '0.30' } });
    // A currency of which nothing is left is not there.
    expect(patchConfig(before, { fees: { USD: { fixed: null } } }).fees).toEqual({
      EUR: { percentage: '1.5', fixed: '0.25' },
    });
    expect(patchConfig(before, { limits: { JPY: { minAmount: null } } }).limits).toEqual({});
  });
});

describe('settings that cannot hold', () => {
  test('are limits between which no amount lies, in general or of one currency', () => {
    expect(configProblem(config({ minAmount: '10', maxAmount: '9.99' }))).toEqual({
      param: 'min_amount',
      detail: 'No amount could be paid: at least 10 and at most 9.99.',
    });
    const own = config({ minAmount: '10', limits: { EUR: { maxAmount: '9' } } });
    expect(configProblem(own)).toEqual({
      param: 'limits.EUR.min_amount',
      detail: 'No amount could be paid: at least 10 and at most 9.',
    });
  });

  test('are limits that are finer than the minor unit of their currency', () => {
    const limited = (minAmount: string | null, maxAmount: string | null) =>
      configProblem(config({ limits: { JPY: { minAmount, maxAmount } } }));
    expect(limited('0.5', null)).toEqual({
      param: 'limits.JPY.min_amount',
      detail: '0.5 is finer than the minor unit of JPY.',
    });
    expect(limited(null, '10.5')).toEqual({
      param: 'limits.JPY.max_amount',
      detail: '10.5 is finer than the minor unit of JPY.',
    });
    expect(limited('1', '10.0')).toBeNull();
  });

  test('are no others: a single limit, equal ones, or none', () => {
    expect(configProblem(config())).toBeNull();
    expect(configProblem(config({ minAmount: '10' }))).toBeNull();
    expect(configProblem(config({ maxAmount: '10' }))).toBeNull();
    expect(configProblem(config({ minAmount: '10', maxAmount: '10.00' }))).toBeNull();
    expect(
      configProblem(config({ limits: { EUR: { minAmount: '1', maxAmount: '1' } } })),
    ).toBeNull();
  });
});

test('what is expected to be paid to the gateway are its fees, those of each currency among them', () => {
  const fees = { EUR: { percentage: '1.5' } };
  expect(feeScheduleOf(config({ feePercentage: '2.9', feeFixed: '0.30', fees }))).toEqual({
    percentage: '2.9',
    fixed: '0.30',
    byCurrency: fees,
  });
});

describe('the range of amounts', () => {
  const limited = config({
    minAmount: '0.50',
    maxAmount: '1000.99',
    limits: { USD: { minAmount: '2' }, KWD: { minAmount: null, maxAmount: '5' } },
  });

  test('is that of the currency, and the general one where it says nothing', () => {
    expect(amountRangeOf(limited, 'EUR')).toEqual({ min: 50n, max: 100_099n });
    expect(amountRangeOf(limited, 'USD')).toEqual({ min: 200n, max: 100_099n });
    expect(amountRangeOf(limited, 'KWD')).toEqual({ min: 500n, max: 5_000n });
  });

  test('is moved inwards to whole minor units', () => {
    expect(amountRangeOf(limited, 'JPY')).toEqual({ min: 1n, max: 1_000n });
  });

  test('has no end where nobody has set one', () => {
    expect(amountRangeOf(config(), 'EUR')).toEqual({ min: null, max: null });
    expect(amountRangeOf(config({ maxAmount: '1' }), 'EUR')).toEqual({ min: null, max: 100n });
    expect(amountRangeOf(config({ minAmount: '1' }), 'EUR')).toEqual({ min: 100n, max: null });
  });
});
