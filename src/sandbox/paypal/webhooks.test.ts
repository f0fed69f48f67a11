import { verify, X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { captureOf, openWithReceiver, WEBHOOK_ID } from './test-client.ts';

const VERIFY = '/v1/notifications/verify-webhook-signature';

test('a payment is told of step by step', async () => {
  const client = await openWithReceiver();
  const order = await client.pay({}, { custom_id: 'pay_1' });
  const events = await client.events();
  // Deliveries run side by side, so that the order of arrival says nothing.
  const byType = new Map(events.map((event) => [event.event_type, event]));
  expect([...byType.keys()].sort()).toEqual([
    'CHECKOUT.ORDER.APPROVED',
    'CHECKOUT.ORDER.COMPLETED',
    'PAYMENT.CAPTURE.COMPLETED',
  ]);
  const approved = byType.get('CHECKOUT.ORDER.APPROVED');
  const captured = byType.get('PAYMENT.CAPTURE.COMPLETED');
  expect(approved).toMatchObject({
    event_version: '1.0',
    resource_type: 'checkout-order',
    resource_version: '2.0',
    resource: { id: order.id, status: 'APPROVED' },
  });
  expect(captured).toMatchObject({
    resource_type: 'capture',
    resource: {
      id: captureOf(order).id,
      custom_id: 'pay_1',
      supplementary_data: { related_ids: { order_id: order.id } },
    },
  });
});

test('authorizations, refunds and reviews are told of', async () => {
  const client = await openWithReceiver();
  const { sandbox } = client;
  const held = await client.pay({ intent: 'AUTHORIZE' });
  const id = held.purchase_units[0]?.payments.authorizations[0]?.id;
  await client.post(`/v2/payments/authorizations/${id}/void`);
  sandbox.faults.add({ behaviour: 'captures_pending', times: 2 });
  const first = captureOf(await client.pay());
  const second = captureOf(await client.pay());
  sandbox.completeCapture(first.id);
  sandbox.declineCapture(second.id);
  sandbox.faults.add({ behaviour: 'refunds_pending', times: 1 });
  const refund = await client.post(`/v2/payments/captures/${first.id}/refund`);
  sandbox.completeRefund(refund.body.id);
  sandbox.failRefund(refund.body.id);
  const types = (await client.types()).filter((type) => type !== 'CHECKOUT.ORDER.APPROVED');
  expect(types.sort()).toEqual(
    [
      'PAYMENT.AUTHORIZATION.CREATED',
      'PAYMENT.AUTHORIZATION.VOIDED',
      'PAYMENT.CAPTURE.PENDING',
      'PAYMENT.CAPTURE.PENDING',
      'PAYMENT.CAPTURE.COMPLETED',
      'CHECKOUT.ORDER.COMPLETED',
      'PAYMENT.CAPTURE.DENIED',
      'PAYMENT.REFUND.PENDING',
      'PAYMENT.CAPTURE.REFUNDED',
      'PAYMENT.REFUND.FAILED',
    ].sort(),
  );
});

test('an approval that is not used in time is told of as reversed', async () => {
  const client = await openWithReceiver();
  const order = await client.order();
  await client.decide(order, 'approve');
  client.sandbox.advance(3 * 3_600);
  const event = (await client.events()).at(-1);
  expect(event).toMatchObject({
    event_type: 'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
    resource: { order_id: order.id },
  });
});

test('every webhook is signed with a key that the sandbox certifies', async () => {
  const client = await openWithReceiver();
  await client.pay();
  await client.sandbox.webhooks.idle();
  const root = new X509Certificate(client.sandbox.certificateAuthority);
  expect((await client.control('GET', 'certificate-authority')).text).toBe(
    client.sandbox.certificateAuthority,
  );
  expect(client.receiver.received).toHaveLength(3);
  for (const { headers, body } of client.receiver.received) {
    const url = String(headers['paypal-cert-url']);
    expect(url.startsWith(`${client.sandbox.url}/v1/notifications/certs/`)).toBe(true);
    const leaf = new X509Certificate((await client.send('GET', url, {})).text);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(headers['paypal-auth-algo']).toBe('SHA256withRSA');
    const text = [
      headers['paypal-transmission-id'],
      headers['paypal-transmission-time'],
      WEBHOOK_ID,
      crc32(body),
    ].join('|');
    const signature = Buffer.from(String(headers['paypal-transmission-sig']), 'base64');
    expect(verify('sha256', Buffer.from(text), leaf.publicKey, signature)).toBe(true);
  }
});

test('the sandbox tells a genuine webhook from one that was changed', async () => {
  const client = await openWithReceiver();
  await client.pay();
  await client.sandbox.webhooks.idle();
  const [received] = client.receiver.received;
  const header = (name: string) => received?.headers[`paypal-${name}`];
  const asked = {
    auth_algo: header('auth-algo'),
    cert_url: header('cert-url'),
    transmission_id: header('transmission-id'),
    transmission_sig: header('transmission-sig'),
    transmission_time: header('transmission-time'),
    webhook_id: WEBHOOK_ID,
    webhook_event: JSON.parse(received?.body ?? '') as Record<string, unknown>,
  };
  const verdict = async (changes: object) =>
    (await client.post(VERIFY, { ...asked, ...changes })).body.verification_status;
  expect(await verdict({})).toBe('SUCCESS');
  expect(await verdict({ webhook_id: 'ANOTHER' })).toBe('FAILURE');
  expect(await verdict({ transmission_time: '2020-01-01T00:00:00Z' })).toBe('FAILURE');
  expect(await verdict({ cert_url: 'https://example.com/certs/x' })).toBe('FAILURE');
  expect(await verdict({ webhook_event: { ...asked.webhook_event, summary: 'x' } })).toBe(
    'FAILURE',
  );
});

test('a webhook that is not accepted is sent again, signed anew', async () => {
  const client = await openWithReceiver();
  client.receiver.statuses.push(500);
  await client.order().then((order) => client.decide(order, 'approve'));
  await client.sandbox.webhooks.idle();
  const [first, second] = client.receiver.received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['paypal-transmission-sig']).not.toBe(
    first?.headers['paypal-transmission-sig'],
  );
});

test('webhooks can be copied and withheld', async () => {
  const client = await openWithReceiver();
  const { sandbox } = client;
  const type = 'PAYMENT.CAPTURE.COMPLETED';
  sandbox.faults.add({ match: { type }, webhook: { kind: 'duplicate', times: 2 }, times: 1 });
  await client.pay();
  expect((await client.types()).filter((one) => one === type)).toHaveLength(3);
  sandbox.faults.add({ match: { type }, webhook: { kind: 'withhold' } });
  await client.pay();
  expect((await client.types()).filter((one) => one === type)).toHaveLength(3);
  expect(sandbox.webhooks.release()).toBe(1);
  expect((await client.types()).filter((one) => one === type)).toHaveLength(4);
});
