import { verify } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { WebhookDelivery, WebhookRejection, WebhookVerdict } from '../gateway.ts';
import { parseRawBody } from '../raw-body.ts';
import type { Certificates } from './certificates.ts';

export { translateWebhook } from './webhook-events.ts';

export interface VerificationOptions {
  /** The ids that a delivery may be signed for: several while one webhook replaces another. */
  webhookIds: readonly string[];
  certificates: Certificates;
  /** How far in the future a delivery may have been sent, in milliseconds. */
  toleranceMs: number;
}

/** Both are kept as they are and shown as they are, so they are held to what can be printed. */
const Name = z.string().regex(/^[\x21-\x7e]{1,255}$/);
const Envelope = z.object({ id: Name, event_type: Name });

/** The only one that PayPal uses; another would be somebody's choice of a weaker one. */
const ALGORITHM = 'SHA256withRSA';

const Headers = z.object({
  'paypal-auth-algo': z.literal(ALGORITHM),
  'paypal-cert-url': z.string().max(500),
  'paypal-transmission-id': z.string().regex(/^[\x21-\x7b\x7d\x7e]{1,255}$/),
  'paypal-transmission-sig': z.base64().min(1).max(4_096),
  'paypal-transmission-time': z.iso.datetime({ offset: true }),
});

/**
 * How old a delivery may be. PayPal goes on delivering for three days and does not say whether it signs each try anew,
 * so a shorter bound might lose what it was slow to deliver. What comes twice within it is stopped by the event's id.
 */
const MAX_AGE_MS = 4 * 24 * 3_600_000;

/**
 * Tells whether a delivery is PayPal's own: an RSA signature over its id, its time, our webhook's id and a checksum of
 * the body. The checksum does not prove the body, since others of the same checksum are easily made: who holds one
 * genuine delivery can make another. So what an event says is only ever a reason to ask.
 * Source: https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod
 */
export async function verifyWebhook(
  { webhookIds, certificates, toleranceMs }: VerificationOptions,
  { headers, rawBody, receivedAt }: WebhookDelivery,
): Promise<WebhookVerdict> {
  if (rawBody.length === 0) return rejected('body_empty', 'The body is empty');
  if (headers['paypal-transmission-sig'] === undefined) {
    return rejected('signature_missing', 'There is no Paypal-Transmission-Sig');
  }
  const read = Headers.safeParse(headers);
  if (!read.success) {
    const names = [...new Set(read.error.issues.map(({ path }) => path.join('.')))];
    return rejected('signature_malformed', `Not as PayPal sends them: ${names.join(', ')}`);
  }
  const transmission = read.data;
  const key = await certificates.keyAt(transmission['paypal-cert-url'], receivedAt);
  if (key.kind === 'untrusted') return rejected('certificate_untrusted', key.detail);
  if (key.kind === 'unavailable') return rejected('verification_unavailable', key.detail);

  const { 'paypal-transmission-id': id, 'paypal-transmission-time': time } = transmission;
  const signature = Buffer.from(transmission['paypal-transmission-sig'], 'base64');
  const isSigned = webhookIds.some((webhookId) => {
    const text = Buffer.from(`${id}|${time}|${webhookId}|${crc32(rawBody)}`);
    return verify('sha256', text, key.publicKey, signature);
  });
  if (!isSigned) {
    return rejected('signature_mismatch', 'The signature does not fit the body and a webhook id');
  }

  const ageMs = receivedAt.getTime() - Date.parse(time);
  if (ageMs > MAX_AGE_MS) return rejected('timestamp_too_old', `It was sent ${ageMs} ms ago`);
  if (ageMs < -toleranceMs) {
    return rejected('timestamp_in_future', `It was sent ${-ageMs} ms in the future`);
  }
  const envelope = Envelope.safeParse(parseRawBody(rawBody));
  if (!envelope.success) {
    return rejected('body_malformed', 'The body is not a JSON object with an id and an event_type');
  }
  return { kind: 'verified', eventId: envelope.data.id, eventType: envelope.data.event_type };
}

function rejected(reason: WebhookRejection, detail: string): WebhookVerdict {
  return { kind: 'rejected', reason, detail };
}
