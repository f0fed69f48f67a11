import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';
import type { Body } from './test-client.ts';
import { testSources } from './test-sources.ts';

/** What Square documents, and what this sandbox adds to it. */
const DECLINES: Record<string, [number, ...string[]]> = {
  'cnon:card-nonce-rejected-cvv': [400, 'CVV_FAILURE'],
  'cnon:card-nonce-rejected-postalcode': [400, 'ADDRESS_VERIFICATION_FAILURE'],
  'cnon:card-nonce-rejected-expiration': [400, 'INVALID_EXPIRATION'],
  'cnon:card-nonce-declined': [402, 'GENERIC_DECLINE'],
  'cnon:card-nonce-requires-verification': [402, 'CARD_DECLINED_VERIFICATION_REQUIRED'],
  'cnon:card-nonce-insufficient-funds': [402, 'INSUFFICIENT_FUNDS'],
  'cnon:card-nonce-transaction-limit': [402, 'TRANSACTION_LIMIT'],
  'cnon:card-nonce-expired-card': [400, 'CARD_EXPIRED'],
  'cnon:gift-card-nonce-insufficient-funds': [
    400,
    'INSUFFICIENT_FUNDS',
    'GIFT_CARD_AVAILABLE_AMOUNT',
  ],
  'cnon:gift-card-nonce-insufficient-permission': [400, 'INSUFFICIENT_PERMISSIONS'],
  'ccof:customer-card-id-rejected-cvv': [400, 'CVV_FAILURE'],
  'ccof:customer-card-id-rejected-postalcode': [400, 'ADDRESS_VERIFICATION_FAILURE'],
  'ccof:customer-card-id-rejected-expiration': [400, 'INVALID_EXPIRATION'],
  'ccof:customer-card-id-declined': [402, 'GENERIC_DECLINE'],
  'ccof:customer-card-id-requires-verification': [402, 'CARD_DECLINED_VERIFICATION_REQUIRED'],
};

test('each test value pays or fails as documented, and a failed payment stands beside its errors', async () => {
  const { pay, get, refusal, sandbox } = await openSandbox();
  for (const source of testSources()) {
    const reply = await pay(source, { reference_id: source.slice(0, 40) });
    const expected = DECLINES[source];
    if (expected === undefined) {
      expect([source, reply.status]).toEqual([source, 200]);
      continue;
    }
    expect([source, refusal(reply)]).toEqual([source, expected]);
    const { payment, errors } = reply.body;
    expect(payment).toMatchObject({
      status: 'FAILED',
      approved_money: { amount: 0 },
      card_details: { status: 'FAILED', errors },
    });
    expect(errors?.[0]?.category).toBe('PAYMENT_METHOD_ERROR');
    expect((await get(`/v2/payments/${payment.id}`)).body.payment).toEqual(payment);
    expect(sandbox.books({ payment: payment.id }).payments).toMatchObject([
      { charges: [{ status: 'failed', captured: 0 }] },
    ]);
  }
  expect(sandbox.checkBooks()).toEqual([]);
});

test('a card that needs verification pays with a token of a buyer who passed', async () => {
  const { pay, refusal } = await openSandbox();
  const source = 'cnon:card-nonce-requires-verification';
  const verified = await pay(source, { verification_token: 'verf:test-token' });
  expect(verified.body.payment.status).toBe('COMPLETED');
  const failed = await pay(source, { verification_token: 'verf:failed' });
  expect(refusal(failed)).toEqual([402, 'CARD_DECLINED_VERIFICATION_REQUIRED']);
  const wrong = await pay(source, { verification_token: 'passed' });
  expect(refusal(wrong)).toEqual([400, 'INVALID_VALUE']);
  expect(wrong.body.payment).toBeUndefined();
});

test('a source that is none is refused without a payment', async () => {
  const { pay, refusal, sandbox } = await openSandbox();
  const cases: [string, [number, string]][] = [
    ['cnon:card-nonce-already-used', [400, 'CARD_TOKEN_USED']],
    ['cnon:unknown', [404, 'NOT_FOUND']],
    ['ccof:unknown', [404, 'NOT_FOUND']],
    ['pm_card_visa', [400, 'INVALID_VALUE']],
    ['CASH', [400, 'SANDBOX_NOT_SUPPORTED']],
    ['bnon:bank-nonce-ok', [400, 'SANDBOX_NOT_SUPPORTED']],
  ];
  for (const [source, expected] of cases) {
    const reply = await pay(source);
    expect([source, refusal(reply)]).toEqual([source, expected]);
    expect(reply.body.payment).toBeUndefined();
  }
  expect(sandbox.books().payments).toEqual([]);
});

test('a gift card pays as much as it holds where that is allowed', async () => {
  const { pay, refusal } = await openSandbox();
  const source = 'cnon:gift-card-nonce-insufficient-funds';
  const partial: Body = { accept_partial_authorization: true };
  const taken = await pay(source, { ...partial, autocomplete: false });
  expect(taken.body.payment).toMatchObject({ status: 'APPROVED', amount_money: { amount: 100 } });
  expect(refusal(await pay(source, partial))).toEqual([400, 'CONFLICTING_PARAMETERS']);
  const { errors } = (await pay(source)).body;
  expect(errors?.[1]?.detail).toBe('100');
});
