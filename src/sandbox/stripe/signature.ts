import { createHmac } from 'node:crypto';

/**
 * The headers of a webhook that is sent at `atMs`: HMAC-SHA256 over the time and the body.
 * Source: https://docs.stripe.com/webhooks#verify-manually
 */
export function webhookHeaders(body: string, secret: string, atMs: number): Record<string, string> {
  const timestamp = Math.floor(atMs / 1000);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    'stripe-signature': `t=${timestamp},v1=${signature}`,
  };
}
