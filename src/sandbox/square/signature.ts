import { createHmac } from 'node:crypto';

/** How notifications are signed: with the key of the subscription, over the URL that it names. */
export type Signing = { signatureKey: string; notificationUrl: string };

/**
 * The headers of a notification: base64 HMAC-SHA256 over the notification URL and the body. There is no
 * time in it.
 * Source: https://developer.squareup.com/docs/webhooks/step3validate
 */
export function webhookHeaders(body: string, signing: Signing): Record<string, string> {
  const { signatureKey, notificationUrl } = signing;
  const signature = createHmac('sha256', signatureKey)
    .update(notificationUrl)
    .update(body)
    .digest('base64');
  return {
    'content-type': 'application/json',
    'user-agent': 'Square Connect v2',
    'square-environment': 'Sandbox',
    'x-square-hmacsha256-signature': signature,
  };
}
