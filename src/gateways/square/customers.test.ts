import { expect, test } from 'vitest';
import { answer, CALL, gatewayWith, SILENCE, squareError } from './square.fixture.ts';

const CARD = { id: 'ccof:1', card_brand: 'VISA', last_4: '1111', exp_month: 11, exp_year: 2034 };
const NOT_FOUND = squareError('NOT_FOUND', { status: 404 });

test.for([
  [
    'both',
    { email: 'ada@shop.test', name: 'Ada' },
    { email_address: 'ada@shop.test', given_name: 'Ada' },
  ],
  ['an address alone', { email: 'ada@shop.test', name: null }, { email_address: 'ada@shop.test' }],
  ['a name alone', { email: null, name: 'Ada' }, { given_name: 'Ada' }],
  ['neither, which Square does not take', { email: null, name: null }, { company_name: 'cus_1' }],
] as const)('a customer with %s is made known', async ([, person, sent]) => {
  const { gateway, bodies } = gatewayWith(answer({ customer: { id: 'CUSTOMER1' } }));
  expect(await gateway.createCustomer({ customerId: 'cus_1', ...person }, CALL)).toEqual({
    kind: 'succeeded',
    report: { gatewayCustomerId: 'CUSTOMER1' },
  });
  expect(bodies()).toEqual([
    { idempotency_key: CALL.idempotencyKey, reference_id: 'cus_1', ...sent },
  ]);
});

test('a card is kept without a charge, verified where the token says so', async () => {
  const { gateway, requests, bodies } = gatewayWith(answer({ card: CARD }));
  const asked = { customerId: 'cus_1', gatewayCustomerId: 'CUSTOMER1', returnUrl: null };
  const paymentMethod = 'cnon:1|verf:token';
  expect(await gateway.saveMethod({ ...asked, paymentMethod }, CALL)).toMatchObject({
    kind: 'succeeded',
    report: { gatewayMethodId: 'ccof:1', last4: '1111' },
  });
  expect(requests[0]).toMatchObject({ method: 'POST', path: '/v2/cards' });
  expect(bodies()).toEqual([
    {
      idempotency_key: CALL.idempotencyKey,
      source_id: 'cnon:1',
      verification_token: 'verf:token',
      card: { customer_id: 'CUSTOMER1', reference_id: 'cus_1' },
    },
  ]);
});

test('a card that the issuer does not let be kept is declined', async () => {
  const said = { category: 'PAYMENT_METHOD_ERROR', status: 402 };
  const { gateway } = gatewayWith(squareError('CARD_DECLINED_VERIFICATION_REQUIRED', said));
  const asked = { customerId: 'cus_1', gatewayCustomerId: 'CUSTOMER1', returnUrl: null };
  expect(await gateway.saveMethod({ ...asked, paymentMethod: 'cnon:1' }, CALL)).toMatchObject({
    kind: 'declined',
    decline: { code: 'authentication_required' },
  });
});

test('what is taken away, or gone already, is gone; what was not answered is unknown', async () => {
  const { gateway, requests } = gatewayWith(
    ...[answer({ card: { ...CARD, enabled: false } }), NOT_FOUND, SILENCE],
    ...[answer({}), NOT_FOUND, squareError('FORBIDDEN', { status: 403 })],
  );
  const detach = async () => {
    const method = { gatewayCustomerId: 'CUSTOMER1', gatewayMethodId: 'ccof:1' };
    return (await gateway.detachMethod(method, CALL)).kind;
  };
  const forget = async () => (await gateway.deleteCustomer('CUSTOMER1', CALL)).kind;
  expect([await detach(), await detach(), await detach()]).toEqual([
    'succeeded',
    'succeeded',
    'unknown',
  ]);
  expect([await forget(), await forget(), await forget()]).toEqual([
    'succeeded',
    'succeeded',
    'refused',
  ]);
  expect([requests[0], requests[3]]).toMatchObject([
    { method: 'POST', path: '/v2/cards/ccof%3A1/disable' },
    { method: 'DELETE', path: '/v2/customers/CUSTOMER1' },
  ]);
});
