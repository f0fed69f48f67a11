import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import type { GatewayEvent, WebhookDelivery } from '../../src/gateways/gateway.ts';
import { eventually } from '../support/eventually.ts';
import { newPayment, pay, reportOf } from './driver.ts';
import type { OpenSubject } from './subject.ts';

/** Takes in what a sandbox delivers, byte for byte. */
export interface Deliveries {
  url: string;
  received: WebhookDelivery[];
  close: () => Promise<void>;
}

/** Opens an endpoint for a sandbox's webhooks. */
export async function takeDeliveries(): Promise<Deliveries> {
  const received: WebhookDelivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const rawBody = Buffer.concat(chunks);
      received.push({ headers: request.headers, rawBody, receivedAt: new Date() });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/webhook`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whether an event is about the payment that the gateway or we call so. */
function isAbout({ subject }: GatewayEvent, gatewayPaymentId: string, attemptId: string): boolean {
  switch (subject.kind) {
    case 'payment':
    case 'refund':
      return subject.report.gatewayPaymentId === gatewayPaymentId;
    case 'change':
      return (
        subject.gatewayPaymentId === gatewayPaymentId || subject.reference?.attemptId === attemptId
      );
    default:
      return false;
  }
}

/** What the gateway tells by itself. */
export function webhooks(subject: () => OpenSubject): void {
  test('what the gateway delivers about a payment is genuine, and says which payment it is', async () => {
    const { gateway, deliveries } = subject();
    const { request, outcome } = await pay(subject(), newPayment(subject()));
    const { gatewayPaymentId } = reportOf(outcome);
    await eventually(async () => {
      const verdicts = await Promise.all(
        deliveries.received.map(async (delivery) => {
          const verdict = await gateway.verifyWebhook(delivery);
          const event = gateway.translateWebhook(delivery.rawBody);
          expect(verdict).toEqual({ kind: 'verified', eventId: event.id, eventType: event.type });
          return isAbout(event, gatewayPaymentId, request.reference.attemptId);
        }),
      );
      expect(verdicts).toContain(true);
    });
  });

  test('a delivery whose body was changed, or that is not signed, is turned away', async () => {
    const { gateway, deliveries } = subject();
    await pay(subject(), newPayment(subject()));
    const delivery = await eventually(() => {
      const latest = deliveries.received.at(-1);
      if (!latest) throw new Error('nothing was delivered');
      return latest;
    });
    const changed = Buffer.concat([Buffer.from(delivery.rawBody), Buffer.from(' ')]);
    expect(await gateway.verifyWebhook({ ...delivery, rawBody: changed })).toMatchObject({
      kind: 'rejected',
      reason: 'signature_mismatch',
    });
    expect(await gateway.verifyWebhook({ ...delivery, headers: {} })).toMatchObject({
      kind: 'rejected',
      reason: 'signature_missing',
    });
    const empty = await gateway.verifyWebhook({ ...delivery, rawBody: Buffer.alloc(0) });
    expect(empty).toMatchObject({ kind: 'rejected', reason: 'body_empty' });
  });
}
