import { createWebhookAuthority } from '../../../src/sandbox/paypal/certificates.ts';
import { startPayPalSandbox } from '../../../src/sandbox/paypal/start.ts';
import { startSquareSandbox } from '../../../src/sandbox/square/start.ts';
import { startStripeSandbox } from '../../../src/sandbox/stripe/start.ts';
import {
  PAYPAL_SANDBOX_KEYS,
  SANDBOX_KEYS,
  SQUARE_SANDBOX_KEYS,
} from '../../../src/sandbox/credentials.ts';
import type { GatewayName } from './names.ts';

/**
 * The three sandboxes as a process of their own, which no schedule kills: they are who is asked in the end what really
 * happened. Reads the ports of the links from its arguments and tells on one line where it listens.
 */

/** A schedule has seconds where a real gateway has hours, so it tries again sooner, and never gives up meanwhile. */
const SOON = { retryDelaysMs: [150, 300, 600, 1_000], maxAttempts: 1_000, timeoutMs: 2_500 };

interface Links {
  /** The ports under which Tender reaches each gateway, and customers its pages. */
  gateways: Record<GatewayName, number>;
  /** The URLs under which each gateway reaches Tender. */
  webhooks: Record<GatewayName, string>;
}

const { gateways, webhooks } = JSON.parse(process.argv[2] ?? '') as Links;
const publicUrl = (name: GatewayName) => `http://127.0.0.1:${gateways[name]}`;
const { secretKey, publishableKey, webhookSecret } = SANDBOX_KEYS;
const authority = await createWebhookAuthority();

const [stripe, square, paypal] = await Promise.all([
  startStripeSandbox({
    port: 0,
    secretKey,
    publishableKey,
    publicUrl: publicUrl('stripe'),
    webhook: { ...SOON, url: webhooks.stripe, secret: webhookSecret },
  }),
  startSquareSandbox({
    ...SQUARE_SANDBOX_KEYS,
    port: 0,
    webhook: { ...SOON, url: webhooks.square, signatureKey: SQUARE_SANDBOX_KEYS.signatureKey },
  }),
  startPayPalSandbox({
    ...PAYPAL_SANDBOX_KEYS,
    port: 0,
    authority,
    publicUrl: publicUrl('paypal'),
    webhook: { ...SOON, url: webhooks.paypal, webhookId: PAYPAL_SANDBOX_KEYS.webhookId },
  }),
]);

const ports = { stripe: stripe.port, square: square.port, paypal: paypal.port };
process.stdout.write(`${JSON.stringify({ ports, certificateAuthority: authority.certificate })}\n`);
