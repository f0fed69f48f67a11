import { createVerify, randomUUID, sign, X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Work } from './account.ts';
import type { Identity } from './certificates.ts';
import { succeed } from './errors.ts';
import type { Result } from './errors.ts';

/** With what webhooks are signed, and where its certificate is published. */
export type Signer = { identity: Identity; certificateUrl: string; webhookId: string };

const ALGORITHM = 'SHA256withRSA';

/**
 * The headers of a webhook that is sent at `atMs`: RSA over the transmission and a checksum of the
 * body. Source: https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod
 */
export function webhookHeaders(body: string, signer: Signer, atMs: number): Record<string, string> {
  const id = randomUUID();
  const time = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const signed = signedText(id, time, signer.webhookId, body);
  const signature = sign('sha256', Buffer.from(signed), signer.identity.privateKey);
  return {
    'content-type': 'application/json',
    'user-agent': 'PayPal/AUHR-214.0-58843913',
    'paypal-auth-algo': ALGORITHM,
    'paypal-auth-version': 'v2',
    'paypal-cert-url': signer.certificateUrl,
    'paypal-transmission-id': id,
    'paypal-transmission-sig': signature.toString('base64'),
    'paypal-transmission-time': time,
  };
}

/** Not digits alone, and no spaces at the beginning. */
const WORDY = /^(?!\d+$)\w+\S+/;

export const verifySignatureParameters = z.strictObject({
  auth_algo: z
    .string()
    .max(100)
    .regex(/^[a-zA-Z0-9]+$/),
  cert_url: z.string().max(500),
  transmission_id: z.string().max(50).regex(WORDY),
  transmission_sig: z.string().max(500).regex(WORDY),
  transmission_time: z.string().max(100),
  webhook_event: z.record(z.string(), z.unknown()),
  webhook_id: z
    .string()
    .max(50)
    .regex(/^[a-zA-Z0-9]+$/),
});

/** `POST /v1/notifications/verify-webhook-signature` */
export function verifySignature(
  signer: () => Signer,
  sent: z.output<typeof verifySignatureParameters>,
): Result<object> {
  const { identity, certificateUrl, webhookId } = signer();
  const isOurs =
    sent.auth_algo === ALGORITHM &&
    sent.cert_url === certificateUrl &&
    sent.webhook_id === webhookId;
  // The sandbox writes its events as `JSON.stringify` does, so that reading them loses nothing.
  const body = JSON.stringify(sent.webhook_event);
  const text = signedText(sent.transmission_id, sent.transmission_time, webhookId, body);
  const key = new X509Certificate(identity.certificate).publicKey;
  const isSigned = createVerify('sha256').update(text).verify(key, sent.transmission_sig, 'base64');
  return succeed({ verification_status: isOurs && isSigned ? 'SUCCESS' : 'FAILURE' });
}

/** Binds the check to a signer, which is known only once the sandbox listens. */
export function verifierOf(signer: () => Signer) {
  return (_: Work, sent: z.output<typeof verifySignatureParameters>): Result<object> =>
    verifySignature(signer, sent);
}

function signedText(id: string, time: string, webhookId: string, body: string): string {
  return `${id}|${time}|${webhookId}|${crc32(body)}`;
}
