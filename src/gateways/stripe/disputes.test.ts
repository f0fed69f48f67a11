import { expect, test } from 'vitest';
import type { GatewayRequest } from '../transport.ts';
import { createStripeGateway } from './client.ts';
import { readDispute } from './disputes.ts';

const DISPUTE = {
  id: 'dp_1',
  object: 'dispute',
  status: 'needs_response',
  reason: 'fraudulent',
  amount: 1000,
  currency: 'usd',
  created: 1_763_000_000,
  charge: 'ch_1',
  payment_intent: 'pi_1',
  evidence_details: { due_by: 1_764_000_000, has_evidence: false },
};

test('a dispute is read by its id, and one that Stripe does not know is not found', async () => {
  const requests: GatewayRequest[] = [];
  const missing = { type: 'invalid_request_error', code: 'resource_missing', message: 'No such' };
  const answers = [
    { status: 200, body: DISPUTE },
    { status: 404, body: { error: missing } },
    { status: 200, body: { ...DISPUTE, status: 'a new one' } },
  ];
  const gateway = createStripeGateway({
    secretKey: 'sk_test_1',
    publishableKey: null,
    webhookSecrets: [],
    apiUrl: 'http://127.0.0.1:8010',
    signatureToleranceMs: 300_000,
    transport: {
      send: async (request) => {
        const next = answers[requests.push(request) - 1];
        if (!next) throw new Error('One request more than expected');
        return {
          kind: 'answered',
          status: next.status,
          headers: {},
          body: JSON.stringify(next.body),
        };
      },
      close: async () => undefined,
    },
  });
  const read = () => gateway.retrieveDispute('dp_1', { requestId: 'req_ours' });
  expect(await read()).toMatchObject({ kind: 'found', report: { gatewayPaymentId: 'pi_1' } });
  expect(await read()).toEqual({ kind: 'not_found' });
  expect(await read()).toMatchObject({
    kind: 'unavailable',
    error: { category: 'gateway_fault' },
  });
  expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
    Array(3).fill('GET /v1/disputes/dp_1'),
  );
});

test.for([
  ['warning_needs_response', 'needs_response', 0n],
  ['warning_under_review', 'under_review', 0n],
  ['warning_closed', 'closed', 0n],
  ['needs_response', 'needs_response', 0n],
  ['under_review', 'under_review', 0n],
  ['won', 'won', 0n],
  ['lost', 'lost', 1000n],
  ['prevented', 'closed', 0n],
] as const)('a dispute that is %s is %s, with %s lost', ([told, status, amountLost]) => {
  expect(readDispute({ ...DISPUTE, status: told })).toMatchObject({ status, amountLost });
});

test.for([
  ['credit_not_processed', 'credit_not_processed'],
  ['duplicate', 'duplicate'],
  ['fraudulent', 'fraudulent'],
  ['product_not_received', 'not_received'],
  ['product_unacceptable', 'not_as_described'],
  ['subscription_canceled', 'subscription_canceled'],
  ['unrecognized', 'unrecognized'],
  ['bank_cannot_process', 'general'],
  ['a reason of tomorrow', 'general'],
] as const)('a dispute for %s is one for %s, and keeps its own word', ([told, reason]) => {
  expect(readDispute({ ...DISPUTE, reason: told })).toMatchObject({
    reason,
    gatewayReason: told,
  });
});

test.for([
  ['of a bare charge', { payment_intent: null }, { gatewayPaymentId: null }],
  [
    'with its payment sent along whole',
    { payment_intent: { id: 'pi_2', object: 'payment_intent' } },
    { gatewayPaymentId: 'pi_2' },
  ],
  [
    'that nobody can answer',
    { evidence_details: { due_by: null, has_evidence: false } },
    { evidenceDueBy: null },
  ],
  ['in yen', { currency: 'jpy', amount: 7 }, { currency: 'JPY', amount: 7n }],
] as const)('a dispute %s is read', ([, over, expected]) => {
  expect(readDispute({ ...DISPUTE, ...over })).toMatchObject(expected);
});
