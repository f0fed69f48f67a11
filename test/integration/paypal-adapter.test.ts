import { expect, test } from 'vitest';
import type { Gateway } from '../../src/gateways/gateway.ts';
import {
  connect,
  creation,
  foundIn,
  keyed,
  reportOf,
  RETURN_URL,
  taken,
} from '../support/paypal-adapter.ts';

const READ = { requestId: 'req_test' };

const refund = (gatewayPaymentId: string, amount: bigint, refundId = 'ref_1') => ({
  gatewayPaymentId,
  amount,
  currency: 'USD',
  reason: null,
  paymentId: 'pay_1',
  refundId,
});

test('a payment goes from the order over the approval to the charge, and its id is known before the charge', async () => {
  const { sandbox, gateway, decide } = await connect();
  const request = creation();
  const created = await gateway.createPayment(request, keyed());
  expect(created).toMatchObject({
    kind: 'requires_action',
    action: { type: 'redirect_to_url', url: expect.stringContaining('/checkoutnow?token=') },
    report: {
      status: 'requires_action',
      amount: 2000n,
      currency: 'USD',
      amountCaptured: 0n,
      reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    },
  });
  const { gatewayPaymentId, action } = reportOf(created);
  await decide(action?.type === 'redirect_to_url' ? action.url : '');
  const approved = foundIn(await gateway.retrievePayment(gatewayPaymentId, READ));
  expect(approved).toMatchObject({ status: 'requires_completion', action: null });

  const completed = await gateway.completePayment({ ...request, gatewayPaymentId }, keyed());
  expect(completed).toMatchObject({
    kind: 'succeeded',
    report: {
      gatewayPaymentId,
      status: 'succeeded',
      amountCaptured: 2000n,
      amountCapturable: 0n,
      paymentMethod: { type: 'paypal' },
      savedMethod: null,
      decline: null,
    },
  });
  expect(foundIn(await gateway.retrievePayment(gatewayPaymentId, READ))).toEqual(
    reportOf(completed),
  );
  expect(taken(sandbox)).toEqual([2000]);
});

test('a payment without a method is an order that waits for one, and can be confirmed', async () => {
  const { gateway } = await connect();
  const request = creation({ paymentMethod: null, returnUrl: null });
  const created = await gateway.createPayment(request, keyed());
  expect(created).toMatchObject({
    kind: 'succeeded',
    report: { status: 'requires_payment_method', decline: null },
  });
  const { gatewayPaymentId } = reportOf(created);
  const confirmed = await gateway.confirmPayment({ ...creation(), gatewayPaymentId }, keyed());
  expect(confirmed).toMatchObject({
    kind: 'requires_action',
    report: { gatewayPaymentId, status: 'requires_action' },
  });
});

test('without a return_url nobody is sent to PayPal, and nothing is sent', async () => {
  const { gateway, requests } = await connect();
  const request = creation({ returnUrl: null });
  const refusal = { kind: 'refused', error: { code: 'return_url_missing' } };
  expect(await gateway.createPayment(request, keyed())).toMatchObject(refusal);
  const confirmation = { ...request, gatewayPaymentId: 'ORDER1' };
  expect(await gateway.confirmPayment(confirmation, keyed())).toMatchObject(refusal);
  expect(requests).toEqual([]);
});

test('an authorization is captured once, in part, and the rest is released', async () => {
  const { sandbox, gateway, pay } = await connect();
  const { gatewayPaymentId } = await pay({ captureMethod: 'manual' });
  const authorized = foundIn(await gateway.retrievePayment(gatewayPaymentId, READ));
  expect(authorized).toMatchObject({ status: 'requires_capture', amountCapturable: 2000n });
  expect(authorized.captureBefore).toBeInstanceOf(Date);
  const capture = { gatewayPaymentId, amount: 1500n, currency: 'USD' };
  const call = keyed();
  const captured = await gateway.capturePayment(capture, call);
  expect(captured).toMatchObject({
    kind: 'succeeded',
    report: { status: 'succeeded', amountCaptured: 1500n, amountCapturable: 0n },
  });
  // The same call, and the same with another key: nothing more is captured, and the answer is what is.
  expect(await gateway.capturePayment(capture, call)).toEqual(captured);
  expect(await gateway.capturePayment(capture, keyed())).toEqual(captured);
  expect(foundIn(await gateway.retrievePayment(gatewayPaymentId, READ))).toEqual(
    reportOf(captured),
  );
  expect(taken(sandbox)).toEqual([1500]);
});

test('an authorization is released, and stays so', async () => {
  const { gateway, pay } = await connect();
  const { gatewayPaymentId } = await pay({ captureMethod: 'manual' });
  const cancel = { gatewayPaymentId, reason: null };
  const canceled = { kind: 'succeeded', report: { status: 'canceled', amountCapturable: 0n } };
  expect(await gateway.cancelPayment(cancel, keyed())).toMatchObject(canceled);
  expect(await gateway.cancelPayment(cancel, keyed())).toMatchObject(canceled);
  const capture = { gatewayPaymentId, amount: 2000n, currency: 'USD' };
  expect(await gateway.capturePayment(capture, keyed())).toMatchObject({
    kind: 'refused',
    error: { code: 'AUTHORIZATION_VOIDED' },
    report: { status: 'canceled' },
  });
});

test('an order that took nothing counts as canceled, and one that was charged is not canceled', async () => {
  const { gateway, pay } = await connect();
  const waiting = reportOf(await gateway.createPayment(creation(), keyed()));
  const cancel = { gatewayPaymentId: waiting.gatewayPaymentId, reason: null };
  expect(await gateway.cancelPayment(cancel, keyed())).toMatchObject({
    kind: 'succeeded',
    report: { status: 'canceled', action: null },
  });
  const { gatewayPaymentId } = await pay();
  expect(
    await gateway.cancelPayment({ gatewayPaymentId, reason: 'duplicate' }, keyed()),
  ).toMatchObject({
    kind: 'refused',
    error: { code: 'already_charged' },
    report: { status: 'succeeded', amountCaptured: 2000n },
  });
});

test('an authorization that lapsed is told as canceled when it is captured', async () => {
  const { sandbox, gateway, pay } = await connect();
  const { gatewayPaymentId } = await pay({ captureMethod: 'manual' });
  sandbox.advance(30 * 86_400);
  const capture = { gatewayPaymentId, amount: 2000n, currency: 'USD' };
  expect(await gateway.capturePayment(capture, keyed())).toMatchObject({
    kind: 'refused',
    error: { code: 'AUTHORIZATION_EXPIRED' },
    report: { status: 'canceled' },
  });
});

test('a declined wallet ends the order, so that nobody charges it again', async () => {
  const { sandbox, gateway, decide } = await connect();
  const request = creation();
  const { gatewayPaymentId, action } = reportOf(await gateway.createPayment(request, keyed()));
  await decide(action?.type === 'redirect_to_url' ? action.url : '', 'approve-declined');
  const call = keyed();
  const declined = await gateway.completePayment({ ...request, gatewayPaymentId }, call);
  expect(declined).toMatchObject({
    kind: 'declined',
    decline: { code: 'card_declined', gatewayCode: 'INSTRUMENT_DECLINED' },
    report: { gatewayPaymentId, status: 'declined', amount: 2000n, amountCaptured: 0n },
  });
  expect(await gateway.completePayment({ ...request, gatewayPaymentId }, call)).toEqual(declined);
  expect(taken(sandbox)).toEqual([]);
});

test('a charge that PayPal declines after the fact ends the order', async () => {
  const { sandbox, gateway, decide } = await connect();
  sandbox.faults.add({ behaviour: 'captures_declined' });
  const request = creation();
  const { gatewayPaymentId, action } = reportOf(await gateway.createPayment(request, keyed()));
  await decide(action?.type === 'redirect_to_url' ? action.url : '');
  expect(await gateway.completePayment({ ...request, gatewayPaymentId }, keyed())).toMatchObject({
    kind: 'declined',
    decline: { code: 'card_declined', gatewayCode: 'DECLINED' },
    report: { status: 'declined', amountCaptured: 0n },
  });
});

test('what PayPal reviews is processing until it has decided', async () => {
  const { sandbox, gateway, pay } = await connect();
  sandbox.faults.add({ behaviour: 'captures_pending', times: 2 });
  const good = await pay();
  const bad = await pay();
  const read = async (id: string) => foundIn(await gateway.retrievePayment(id, READ));
  expect(await read(good.gatewayPaymentId)).toMatchObject({
    status: 'processing',
    amountCaptured: 0n,
  });
  const refusal = { kind: 'refused', error: { code: 'nothing_captured' } };
  expect(await gateway.createRefund(refund(good.gatewayPaymentId, 1n), keyed())).toMatchObject(
    refusal,
  );
  const [goodCapture = '', badCapture = ''] = sandbox.books().payments.map(chargeOf);
  expect(sandbox.completeCapture(goodCapture)).toBe(true);
  expect(sandbox.declineCapture(badCapture)).toBe(true);
  expect(await read(good.gatewayPaymentId)).toMatchObject({
    status: 'succeeded',
    amountCaptured: 2000n,
  });
  expect(await read(bad.gatewayPaymentId)).toMatchObject({
    status: 'declined',
    decline: { gatewayCode: 'DECLINED' },
  });
});

const chargeOf = ({ charges }: { charges: { id: string }[] }): string => charges[0]?.id ?? '';

test('a capture that PayPal reviews still counts as held', async () => {
  const { sandbox, gateway, pay } = await connect();
  const { gatewayPaymentId } = await pay({ captureMethod: 'manual' });
  sandbox.faults.add({ behaviour: 'captures_pending', times: 1 });
  const capture = { gatewayPaymentId, amount: 500n, currency: 'USD' };
  const captured = await gateway.capturePayment(capture, keyed());
  expect(captured).toMatchObject({
    kind: 'succeeded',
    report: { status: 'processing', amountCapturable: 2000n, amountCaptured: 0n },
  });
  expect(foundIn(await gateway.retrievePayment(gatewayPaymentId, READ))).toEqual(
    reportOf(captured),
  );
});

test('a capture that is declined leaves the authorization as it was', async () => {
  const { sandbox, gateway, pay } = await connect();
  const { gatewayPaymentId } = await pay({ captureMethod: 'manual' });
  sandbox.faults.add({ behaviour: 'captures_declined', times: 1 });
  const capture = { gatewayPaymentId, amount: 2000n, currency: 'USD' };
  expect(await gateway.capturePayment(capture, keyed())).toMatchObject({
    kind: 'declined',
    report: { status: 'requires_capture', amountCapturable: 2000n },
  });
  expect(await gateway.capturePayment(capture, keyed())).toMatchObject({ kind: 'succeeded' });
});

test('refunds carry our id, are listed, and never exceed what was captured', async () => {
  const { sandbox, gateway, pay } = await connect();
  const { gatewayPaymentId } = await pay();
  const call = keyed();
  const first = await gateway.createRefund(refund(gatewayPaymentId, 1500n), call);
  expect(first).toMatchObject({
    kind: 'succeeded',
    report: {
      gatewayPaymentId,
      status: 'succeeded',
      amount: 1500n,
      currency: 'USD',
      refundId: 'ref_1',
      paymentId: 'pay_1',
    },
  });
  expect(await gateway.createRefund(refund(gatewayPaymentId, 1500n), call)).toEqual(first);
  expect(
    await gateway.createRefund(refund(gatewayPaymentId, 501n, 'ref_2'), keyed()),
  ).toMatchObject({ kind: 'refused', error: { code: 'REFUND_AMOUNT_EXCEEDED' } });
  sandbox.faults.add({ behaviour: 'refunds_pending' });
  const second = await gateway.createRefund(refund(gatewayPaymentId, 500n, 'ref_3'), keyed());
  expect(second).toMatchObject({ kind: 'succeeded', report: { status: 'pending' } });
  const listed = foundIn(await gateway.listRefunds(gatewayPaymentId, READ));
  expect(listed).toEqual([reportOf(first), reportOf(second)]);
  expect(sandbox.failRefund(reportOf(second).gatewayRefundId)).toBe(true);
  expect(foundIn(await gateway.listRefunds(gatewayPaymentId, READ))[1]).toMatchObject({
    status: 'failed',
    refundId: 'ref_3',
  });
});

test('a charge whose answer is lost is found by the same call and by the order, and made once', async () => {
  const { sandbox, gateway, decide } = await connect();
  const request = creation();
  const { gatewayPaymentId, action } = reportOf(await gateway.createPayment(request, keyed()));
  await decide(action?.type === 'redirect_to_url' ? action.url : '');
  const completion = { ...request, gatewayPaymentId };
  const call = keyed();
  for (const fault of [
    { kind: 'drop', when: 'after' },
    { kind: 'status', status: 503, when: 'after' },
    { kind: 'malformed', when: 'after' },
  ] as const) {
    sandbox.faults.add({ match: { path: '/v2/checkout/orders/*/capture' }, fault, times: 1 });
    expect(await gateway.completePayment(completion, call)).toMatchObject({ kind: 'unknown' });
  }
  const found = foundIn(await gateway.retrievePayment(gatewayPaymentId, READ));
  expect(found).toMatchObject({ status: 'succeeded', amountCaptured: 2000n });
  expect(await gateway.completePayment(completion, call)).toEqual({
    kind: 'succeeded',
    report: found,
  });
  // Even with another key: the order was captured already, and says so itself.
  expect(await gateway.completePayment(completion, keyed())).toEqual({
    kind: 'succeeded',
    report: found,
  });
  expect(taken(sandbox)).toEqual([2000]);
});

test('an order that nobody approved is not charged, and one that lapsed needs another', async () => {
  const { sandbox, gateway } = await connect();
  const request = creation();
  const { gatewayPaymentId } = reportOf(await gateway.createPayment(request, keyed()));
  const completion = { ...request, gatewayPaymentId };
  expect(await gateway.completePayment(completion, keyed())).toMatchObject({
    kind: 'requires_action',
    report: { status: 'requires_action' },
  });
  sandbox.advance(4 * 3_600);
  const gone = { kind: 'refused', report: { gatewayPaymentId, status: 'declined', amount: 2000n } };
  expect(await gateway.completePayment(completion, keyed())).toMatchObject({
    ...gone,
    // Nothing is concluded from this about an earlier try.
    error: { category: 'authentication', code: 'INVALID_RESOURCE_ID' },
  });
  expect(await gateway.confirmPayment(completion, keyed())).toMatchObject({
    ...gone,
    error: { category: 'invalid_request', code: 'INVALID_RESOURCE_ID' },
  });
  expect(await gateway.retrievePayment(gatewayPaymentId, READ)).toEqual({ kind: 'gone' });
});

test('a payer who gives up, agrees late or agrees twice is charged once, when they have agreed', async () => {
  const { sandbox, gateway, decide } = await connect();
  const request = creation();
  const { gatewayPaymentId, action } = reportOf(await gateway.createPayment(request, keyed()));
  const url = action?.type === 'redirect_to_url' ? action.url : '';
  await decide(url, 'cancel');
  const read = async () => foundIn(await gateway.retrievePayment(gatewayPaymentId, READ)).status;
  expect(await read()).toBe('requires_action');
  const canceled = await gateway.cancelPayment({ gatewayPaymentId, reason: null }, keyed());
  expect(canceled).toMatchObject({ kind: 'succeeded', report: { status: 'canceled' } });
  // PayPal cannot be told, so the page still works; that the payment is over is for others to know.
  await decide(url);
  expect(await read()).toBe('requires_completion');
  const again = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ result: 'approve' }),
  });
  expect(again.status).toBe(409);
  const completion = { ...request, gatewayPaymentId };
  await Promise.all([1, 2, 3].map(() => gateway.completePayment(completion, keyed())));
  expect(taken(sandbox)).toEqual([2000]);
});

test('a wallet is kept with a payment, charged later without its owner, and detached', async () => {
  const { sandbox, gateway, pay } = await connect();
  const customer = reportOf(
    await gateway.createCustomer({ customerId: 'cus_1', email: null, name: null }, keyed()),
  );
  const { gatewayCustomerId } = customer;
  expect(gatewayCustomerId).toMatch(/^[\w-]{22}$/);
  const paid = await pay({ gatewayCustomerId, savePaymentMethod: true });
  const report = foundIn(await gateway.retrievePayment(paid.gatewayPaymentId, READ));
  const gatewayMethodId = report.savedMethod?.gatewayMethodId ?? '';
  expect(report.savedMethod).toMatchObject({ type: 'paypal' });
  expect(gateway.takesPaymentMethod(gatewayMethodId)).toBe(true);

  const later = creation({ paymentMethod: gatewayMethodId, offSession: true, returnUrl: null });
  const created = await gateway.createPayment(later, keyed());
  expect(created).toMatchObject({
    kind: 'succeeded',
    report: { status: 'requires_completion', amountCaptured: 0n },
  });
  expect(taken(sandbox)).toEqual([2000]);
  const { gatewayPaymentId } = reportOf(created);
  const charged = await gateway.completePayment({ ...later, gatewayPaymentId }, keyed());
  expect(charged).toMatchObject({ kind: 'succeeded', report: { status: 'succeeded' } });

  const method = { gatewayCustomerId, gatewayMethodId };
  const detached = { kind: 'succeeded', report: null };
  expect(await gateway.detachMethod(method, keyed())).toEqual(detached);
  expect(await gateway.detachMethod(method, keyed())).toEqual(detached);
  const again = reportOf(await gateway.createPayment(later, keyed()));
  const completion = { ...later, gatewayPaymentId: again.gatewayPaymentId };
  expect(await gateway.completePayment(completion, keyed())).toMatchObject({
    kind: 'declined',
    decline: { code: 'payment_method_not_usable' },
    report: { status: 'declined' },
  });
  expect(await gateway.deleteCustomer(gatewayCustomerId, keyed())).toEqual(detached);
});

test('a wallet is kept without a payment once its owner has agreed, and for its owner alone', async () => {
  const { gateway, decide } = await connect();
  const save = (paymentMethod: string, gatewayCustomerId = 'CUSTOMER-1') =>
    gateway.saveMethod(
      { customerId: 'cus_1', gatewayCustomerId, paymentMethod, returnUrl: RETURN_URL },
      keyed(),
    );
  const asked = await save('paypal');
  if (asked.kind !== 'requires_approval') throw new Error(`It is ${asked.kind}`);
  const { paymentMethod, action } = asked.approval;
  expect(gateway.takesPaymentMethod(paymentMethod)).toBe(true);
  expect(await save(paymentMethod)).toMatchObject({
    kind: 'refused',
    error: { code: 'SETUP_TOKEN_NOT_APPROVED' },
  });
  await decide(action.type === 'redirect_to_url' ? action.url : '');
  expect(await save(paymentMethod, 'CUSTOMER-2')).toMatchObject({ kind: 'refused' });
  const saved = await save(paymentMethod);
  expect(saved).toMatchObject({ kind: 'succeeded', report: { type: 'paypal', brand: null } });
});

test('a dispute names its payment, its reason, its deadline and what was lost', async () => {
  const { sandbox, gateway, pay } = await connect();
  const { gatewayPaymentId } = await pay();
  const control = async (path: string, body: object) => {
    const url = `${sandbox.url}/__sandbox/${path}`;
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()) as { id: string };
  };
  const { id } = await control('disputes', { payment: gatewayPaymentId, reason: 'UNAUTHORISED' });
  const open = foundIn(await gateway.retrieveDispute(id, READ));
  expect(open).toMatchObject({
    gatewayDisputeId: id,
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    status: 'needs_response',
    amount: 2000n,
    amountLost: 0n,
    reason: 'fraudulent',
    gatewayReason: 'UNAUTHORISED',
  });
  expect(open.evidenceDueBy).toBeInstanceOf(Date);
  await control(`disputes/${id}/lose`, {});
  expect(foundIn(await gateway.retrieveDispute(id, READ))).toMatchObject({
    status: 'lost',
    amountLost: 2000n,
  });
  expect(await gateway.retrieveDispute('PP-D-0', READ)).toEqual({ kind: 'not_found' });
});

test('a token that PayPal revoked is replaced once, and the call made with the new one', async () => {
  const { sandbox, gateway, requests } = await connect();
  const paths = () => requests.map(({ path }) => path);
  await gateway.createPayment(creation(), keyed());
  sandbox.revokeTokens();
  expect(await gateway.createPayment(creation(), keyed())).toMatchObject({
    kind: 'requires_action',
  });
  const [token, orders] = ['/v1/oauth2/token', '/v2/checkout/orders'];
  expect(paths()).toEqual([token, orders, orders, token, orders]);
});

test('wrong credentials are refused before anything that moves money is sent', async () => {
  const { gateway, requests } = await connect({}, { clientSecret: 'secret_2' });
  expect(await gateway.createPayment(creation(), keyed())).toMatchObject({
    kind: 'refused',
    error: { category: 'authentication', code: 'invalid_client' },
  });
  expect(requests.map(({ path }) => path)).toEqual(['/v1/oauth2/token']);
});

test('every operation that cannot reach PayPal is refused as unreachable, or unknown once it was sent', async () => {
  const { sandbox, gateway, pay } = await connect({}, { totalTimeoutMs: 500 });
  const { gatewayPaymentId } = await pay({ captureMethod: 'manual' });
  const { gatewayPaymentId: charged } = await pay();
  const capture = { gatewayPaymentId, amount: 100n, currency: 'USD' };
  const operations: [string, (gateway: Gateway) => Promise<{ kind: string }>][] = [
    ['/v2/checkout/orders$', (to) => to.createPayment(creation(), keyed())],
    ['/v2/payments/authorizations/*/capture', (to) => to.capturePayment(capture, keyed())],
    [
      '/v2/payments/authorizations/*/void',
      (to) => to.cancelPayment({ gatewayPaymentId, reason: null }, keyed()),
    ],
    ['/v2/payments/captures/*/refund', (to) => to.createRefund(refund(charged, 1n), keyed())],
  ];
  for (const [path, operate] of operations) {
    for (const fault of [
      { kind: 'stall' },
      { kind: 'status', status: 500 },
      { kind: 'drop' },
      { kind: 'malformed' },
    ] as const) {
      sandbox.faults.add({
        match: { path, method: 'POST' },
        fault: { ...fault, when: 'before' },
        times: 1,
      });
      expect(await operate(gateway), `${path} ${fault.kind}`).toMatchObject({ kind: 'unknown' });
    }
  }
  // What has to be read first executes nothing where it cannot be read.
  for (const [, operate] of operations.slice(1)) {
    sandbox.faults.add({ match: { method: 'GET' }, fault: { kind: 'drop' }, times: 1 });
    expect(await operate(gateway)).toMatchObject({
      kind: 'refused',
      error: { category: 'unreachable' },
    });
  }
  await sandbox.close();
  expect(await gateway.createPayment(creation(), keyed())).toMatchObject({
    kind: 'refused',
    error: { category: 'unreachable' },
    report: null,
  });
});
