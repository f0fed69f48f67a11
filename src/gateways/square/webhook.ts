import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type {
  GatewayEvent,
  GatewayEventSubject,
  WebhookDelivery,
  WebhookRejection,
  WebhookVerdict,
} from '../gateway.ts';
import { parseRawBody } from '../raw-body.ts';
import { TextTime } from '../times.ts';
import { readDispute } from './disputes.ts';
import { parsePayment, readRefund, reportPayment } from './mapping.ts';

/** Both are kept as they are and shown as they are, so they are held to what can be printed. */
const Name = z.string().regex(/^[\x21-\x7e]{1,255}$/);
const Envelope = z.object({ event_id: Name, type: Name });

const Event = Envelope.extend({
  created_at: TextTime,
  data: z
    .object({ id: z.string().nullish(), object: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
});

/**
 * Money given back without a payment, which an account can do outside Tender.
 * Source: https://developer.squareup.com/docs/refunds-api/unlinked-refunds
 */
const UnlinkedRefund = z.object({
  id: z.string(),
  amount_money: z.object({}),
  payment_id: z.null().optional(),
});

/** Base64 of 32 bytes. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Tells whether a delivery is Square's own: an HMAC over the notification URL and the body. The URL is the one that
 * Square was told, from the settings, never what a request says of itself. There is no time in it, so a repetition is
 * stopped by the event's id alone.
 * Source: https://developer.squareup.com/docs/webhooks/step3validate
 */
export function verifyWebhook(
  { signatureKeys, url }: { signatureKeys: readonly string[]; url: string },
  { headers, rawBody }: WebhookDelivery,
): WebhookVerdict {
  if (rawBody.length === 0) return rejected('body_empty', 'The body is empty');
  const header = headers['x-square-hmacsha256-signature'];
  if (header === undefined) {
    return rejected('signature_missing', 'There is no x-square-hmacsha256-signature');
  }
  if (typeof header !== 'string' || !SIGNATURE.test(header)) {
    return rejected(
      'signature_malformed',
      'x-square-hmacsha256-signature is not a SHA-256 in Base64',
    );
  }
  const given = Buffer.from(header, 'base64');
  const isSigned = signatureKeys.some((key) =>
    timingSafeEqual(createHmac('sha256', key).update(url).update(rawBody).digest(), given),
  );
  if (!isSigned) {
    return rejected(
      'signature_mismatch',
      'The signature does not fit the notification URL, the body and a configured key',
    );
  }
  const envelope = Envelope.safeParse(parseRawBody(rawBody));
  if (!envelope.success) {
    return rejected('body_malformed', 'The body is not a JSON object with an event_id and a type');
  }
  return { kind: 'verified', eventId: envelope.data.event_id, eventType: envelope.data.type };
}

/** Says what a verified delivery means, in our terms. Throws where the body does not have Square's format. */
export function translateWebhook(rawBody: Uint8Array): GatewayEvent {
  const event = Event.parse(parseRawBody(rawBody));
  return {
    id: event.event_id,
    type: event.type,
    createdAt: event.created_at,
    subject: subjectOf(event.type, event.data?.object ?? {}),
  };
}

function subjectOf(type: string, object: Record<string, unknown>): GatewayEventSubject {
  switch (type) {
    case 'payment.created':
    case 'payment.updated':
      return { kind: 'payment', report: reportPayment(parsePayment(object['payment'])) };
    case 'refund.created':
    case 'refund.updated':
      if (UnlinkedRefund.safeParse(object['refund']).success) return { kind: 'none' };
      return { kind: 'refund', report: readRefund(object['refund']) };
    case 'dispute.created':
    case 'dispute.state.updated':
    case 'dispute.state.changed':
      return { kind: 'dispute', report: readDispute(object['dispute'] ?? object['object']) };
    case 'card.disabled':
    case 'card.forgotten': {
      const { id } = z.object({ id: z.string() }).parse(object['card']);
      return { kind: 'method_detached', gatewayMethodId: id };
    }
    default:
      return { kind: 'none' };
  }
}

function rejected(reason: WebhookRejection, detail: string): WebhookVerdict {
  return { kind: 'rejected', reason, detail };
}
