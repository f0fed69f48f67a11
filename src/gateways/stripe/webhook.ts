import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type {
  GatewayEvent,
  GatewayEventSubject,
  WebhookDelivery,
  WebhookRejection,
  WebhookVerdict,
} from '../gateway.ts';
import { asBuffer, parseRawBody } from '../raw-body.ts';
import { TextTime, UnixTime } from '../times.ts';
import { readDispute } from './disputes.ts';
import { isChargeable, readCharge, readPayment, readRefund } from './mapping.ts';

/** Both are kept as they are and shown as they are, so they are held to what can be printed. */
const Name = z.string().regex(/^[\x21-\x7e]{1,255}$/);

const Envelope = z.object({ id: Name, type: Name });

const Event = Envelope.extend({
  /** Seconds in snapshot events, ISO 8601 in thin ones. */
  created: z.union([UnixTime, TextTime]),
  api_version: z.string().nullish(),
  data: z.object({ object: z.looseObject({ object: z.string() }) }).nullish(),
});

/** Enough for the name and the longest value that is kept. */
const OUTSIDE_BYTES = 300;
/** A `Name` in which JSON escapes nothing. */
const PLAIN_NAME = String.raw`"([\x21\x23-\x5b\x5d-\x7e]{1,255})"`;
const FIRST_ID = new RegExp(String.raw`^\{\s*"id":\s*${PLAIN_NAME}`);
const LAST_TYPE = new RegExp(String.raw`,\s*"type":\s*${PLAIN_NAME}\s*\}\s*$`);

const TIMESTAMP = /^\d{1,12}$/;
/** An HMAC with SHA-256. */
const V1 = /^v1=[0-9a-f]{64}$/;

/**
 * Tells whether a delivery is Stripe's own, by https://docs.stripe.com/webhooks#verify-manually
 *
 * The timestamp is judged only after the signature, so that "too old" and "in the future" are said of genuine
 * deliveries alone. Both sides are bounded: the SDK's own check lets any future timestamp pass.
 */
export function verifyWebhook(
  secrets: readonly string[],
  toleranceMs: number,
  delivery: WebhookDelivery,
): WebhookVerdict {
  if (delivery.rawBody.length === 0) return rejected('body_empty', 'The body is empty');
  const header = delivery.headers['stripe-signature'];
  if (header === undefined) return rejected('signature_missing', 'There is no Stripe-Signature');

  const signature = typeof header === 'string' ? parseSignature(header) : null;
  if (!signature) {
    return rejected('signature_malformed', 'Stripe-Signature is not of the form t=...,v1=...');
  }
  if (!secrets.some((secret) => isSignedWith(secret, signature, delivery.rawBody))) {
    return rejected('signature_mismatch', 'No v1 signature fits the body and a configured secret');
  }

  const ageMs = delivery.receivedAt.getTime() - signature.timestampSeconds * 1000;
  if (ageMs > toleranceMs) return rejected('timestamp_too_old', `It was signed ${ageMs} ms ago`);
  if (ageMs < -toleranceMs) {
    return rejected('timestamp_in_future', `It was signed ${-ageMs} ms in the future`);
  }

  const envelope = readOutside(delivery.rawBody) ?? readWhole(delivery.rawBody);
  if (!envelope) {
    return rejected('body_malformed', 'The body is not a JSON object with an id and a type');
  }
  return { kind: 'verified', eventId: envelope.id, eventType: envelope.type };
}

type Envelope = z.infer<typeof Envelope>;

/**
 * The id and the type where they stand as in what Stripe sends: the one first, the other last. What is between them is
 * left to the worker: to parse it all is a seventh of what the API does for a webhook.
 */
function readOutside(rawBody: Uint8Array): Envelope | null {
  const body = asBuffer(rawBody);
  const id = FIRST_ID.exec(body.toString('latin1', 0, OUTSIDE_BYTES))?.[1];
  const type = LAST_TYPE.exec(body.toString('latin1', body.length - OUTSIDE_BYTES))?.[1];
  return id === undefined || type === undefined ? null : { id, type };
}

function readWhole(rawBody: Uint8Array): Envelope | null {
  return Envelope.safeParse(parseRawBody(rawBody)).data ?? null;
}

interface Signature {
  timestamp: string;
  timestampSeconds: number;
  /** In hexadecimal digits. */
  candidates: string[];
}

function parseSignature(header: string): Signature | null {
  let timestamp: string | null = null;
  const candidates: string[] = [];
  for (const item of header.split(',')) {
    const part = item.trim();
    if (part.startsWith('t=')) timestamp ??= part.slice(2);
    // Other schemes are ignored: v0 is a fake that Stripe sends in test mode.
    else if (V1.test(part)) candidates.push(part.slice(3));
  }
  if (timestamp === null || !TIMESTAMP.test(timestamp) || candidates.length === 0) return null;
  return { timestamp, timestampSeconds: Number(timestamp), candidates };
}

function isSignedWith(secret: string, signature: Signature, rawBody: Uint8Array): boolean {
  const expected = createHmac('sha256', secret)
    .update(`${signature.timestamp}.`)
    .update(rawBody)
    .digest('hex');
  return signature.candidates.some((candidate) =>
    timingSafeEqual(Buffer.from(candidate), Buffer.from(expected)),
  );
}

/**
 * Says what a verified delivery means, in our terms. Events of any API version are understood.
 * Throws where the body does not have Stripe's format.
 */
export function translateWebhook(rawBody: Uint8Array): GatewayEvent {
  const event = Event.parse(parseRawBody(rawBody));
  return {
    id: event.id,
    type: event.type,
    createdAt: event.created,
    subject: subjectOf(event),
  };
}

function subjectOf({ type, data, api_version }: z.infer<typeof Event>): GatewayEventSubject {
  const object = data?.object;
  if (type === 'payment_method.detached') return detached(object);
  if (!object || !isKept(type)) return { kind: 'none' };
  // An account may be used outside Tender, in currencies in which Tender cannot have charged.
  if (!isChargeable(String(object['currency']).toUpperCase())) return { kind: 'none' };
  switch (object.object) {
    case 'payment_intent':
      return { kind: 'payment', report: readPayment(object) };
    case 'refund': {
      const report = readRefund(object);
      return report ? { kind: 'refund', report } : { kind: 'none' };
    }
    case 'dispute': {
      const report = readDispute(object);
      // Without a payment intent it is about a charge that Tender cannot have made.
      return report.gatewayPaymentId === null ? { kind: 'none' } : { kind: 'dispute', report };
    }
    case 'charge': {
      const charge = readCharge(object, api_version ?? '');
      return charge ? { kind: 'change', ...charge } : { kind: 'none' };
    }
    default:
      return { kind: 'none' };
  }
}

function detached(object: Record<string, unknown> | undefined): GatewayEventSubject {
  const id = object?.['id'];
  return typeof id === 'string'
    ? { kind: 'method_detached', gatewayMethodId: id }
    : { kind: 'none' };
}

function isKept(type: string): boolean {
  return ['payment_intent.', 'charge.', 'refund.'].some((prefix) => type.startsWith(prefix));
}

function rejected(reason: WebhookRejection, detail: string): WebhookVerdict {
  return { kind: 'rejected', reason, detail };
}
