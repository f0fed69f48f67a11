import { describe, expect, test } from 'vitest';
import { samplePayment } from '../../test/support/samples.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { planCapture } from './capture.ts';
import { checkPayer, type KnownPayer } from './payer.ts';
import { checkRefund } from './refund.ts';

/** A gateway as far as it is looked at before anything is sent. */
function gateway(name: string, capabilities: Partial<Gateway['capabilities']> = {}): Gateway {
  return {
    name,
    takesPaymentMethod: (token: string) => token.startsWith(`${name}-`),
    capabilities: {
      keyLifetimeMs: 1,
      partialCapture: true,
      partialRefund: true,
      savedMethods: true,
      redirect: true,
      searchByReference: true,
      createsWithoutMethod: true,
      ...capabilities,
    },
  } as Gateway;
}

const NORTH = gateway('north');
const SOUTH = gateway('south', {
  savedMethods: false,
  partialCapture: false,
  partialRefund: false,
});
const GATEWAYS = { gateways: new Map([NORTH, SOUTH].map((each) => [each.name, each])) };

function payer(over: Partial<KnownPayer>): KnownPayer {
  return {
    customerId: null,
    paymentMethod: null,
    chargeDefault: false,
    savePaymentMethod: false,
    saved: null,
    ...over,
  };
}

const SAVED: KnownPayer['saved'] = {
  id: 'pm_1',
  customerId: 'cus_1',
  gateway: 'north',
  gatewayMethodId: 'south-looking',
  type: 'card',
  brand: null,
  last4: null,
  expiryMonth: null,
  expiryYear: null,
  isDefault: true,
  createdAt: new Date(0),
};

describe('a payment method', () => {
  test('that looks like one of another gateway is refused, and the answer names that gateway', () => {
    const refused = checkPayer(GATEWAYS, payer({ paymentMethod: 'south-1' }), NORTH);
    expect(refused).toMatchObject({ code: 'payment_method_of_another_gateway' });
    expect(refused?.detail).toContain('"gateway": "south"');
    expect(checkPayer(GATEWAYS, payer({ paymentMethod: 'south-1' }), SOUTH)).toBeNull();
    const unknown = checkPayer(GATEWAYS, payer({ paymentMethod: 'east-1' }), NORTH);
    expect(unknown).toMatchObject({ code: 'payment_method_of_another_gateway' });
  });

  test('that is kept is charged where it is kept and nowhere else', () => {
    const kept = payer({ customerId: 'cus_1', paymentMethod: 'pm_1', saved: SAVED });
    expect(checkPayer(GATEWAYS, kept, NORTH)).toBeNull();
    expect(checkPayer(GATEWAYS, kept, SOUTH)).toMatchObject({
      code: 'payment_method_of_another_gateway',
      param: 'payment_method',
    });
  });
});

describe('a capability that the gateway lacks is named before anything is sent', () => {
  const lacking = (capability: string) => ({
    code: 'capability_not_supported',
    extensions: { capability },
  });
  const held = samplePayment({ status: 'requires_capture', amountCapturable: 1_000n });
  const paid = samplePayment({ status: 'succeeded', amountCaptured: 1_000n });

  test('to save a payment method', () => {
    const saving = payer({ customerId: 'cus_1', savePaymentMethod: true });
    expect(checkPayer(GATEWAYS, saving, NORTH)).toBeNull();
    expect(checkPayer(GATEWAYS, saving, SOUTH)).toMatchObject(lacking('saved_methods'));
  });

  test('to capture a part, and only then', () => {
    expect(planCapture(held, 999n, SOUTH)).toMatchObject(lacking('partial_capture'));
    for (const [amount, at] of [
      [1_000n, SOUTH],
      [null, SOUTH],
      [999n, NORTH],
    ] as const) {
      expect(planCapture(held, amount, at)).toMatchObject({ operation: 'capture' });
    }
  });

  test('to refund a part, and only then', () => {
    expect(checkRefund(paid, 999n, SOUTH)).toMatchObject(lacking('partial_refund'));
    expect(checkRefund(paid, 1_000n, SOUTH)).toBeNull();
    expect(checkRefund(paid, 999n, NORTH)).toBeNull();
  });
});

test('what is disputed is not refunded as well, and the answer says so rather than that it is too much', () => {
  const disputed = samplePayment({ amountCaptured: 1_000n, amountDisputed: 600n, disputed: true });
  expect(checkRefund(disputed, 400n, NORTH)).toBeNull();
  expect(checkRefund(disputed, 401n, NORTH)).toMatchObject({ code: 'payment_disputed' });
  expect(checkRefund(disputed, 1_001n, NORTH)).toMatchObject({ code: 'refund_exceeds_captured' });
});
