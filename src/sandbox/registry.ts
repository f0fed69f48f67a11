import {
  PAYPAL_SANDBOX_KEYS as PAYPAL,
  SANDBOX_KEYS as STRIPE,
  SQUARE_SANDBOX_KEYS as SQUARE,
} from './credentials.ts';
import type { Authority } from './paypal/certificates.ts';

/** A gateway that can be stood in for. */
export interface SandboxKind {
  /** The gateway's name in Tender. */
  name: string;
  title: string;
  /** Where it listens unless it is told otherwise. */
  port: number;
  start(options: { port: number; webhookUrl: string | null }): Promise<RunningSandbox>;
  /**
   * The settings with which Tender talks to it.
   *
   * @param url where it listens
   * @param webhookUrl where it sends its webhooks
   */
  settings(url: string, webhookUrl: string): Promise<Readonly<Record<string, string>>>;
}

export interface RunningSandbox {
  url: string;
  close(): Promise<void>;
}

/** Every gateway that can be stood in for. A further one is a folder beside this file and a line here. */
export function createSandboxes(): readonly SandboxKind[] {
  return [stripe(), square(), paypal()];
}

function stripe(): SandboxKind {
  return {
    name: 'stripe',
    title: 'Stripe',
    port: 8010,
    async start({ port, webhookUrl: url }) {
      const { startStripeSandbox } = await import('./stripe/start.ts');
      const webhook = url === null ? {} : { webhook: { url, secret: STRIPE.webhookSecret } };
      return startStripeSandbox({ ...STRIPE, port, ...webhook });
    },
    settings: async (url) => ({
      STRIPE_SECRET_KEY: STRIPE.secretKey,
      STRIPE_PUBLISHABLE_KEY: STRIPE.publishableKey,
      STRIPE_WEBHOOK_SECRET: STRIPE.webhookSecret,
      PAYMENT_STRIPE_API_URL: url,
    }),
  };
}

function square(): SandboxKind {
  return {
    name: 'square',
    title: 'Square',
    port: 8011,
    async start({ port, webhookUrl: url }) {
      const { startSquareSandbox } = await import('./square/start.ts');
      const webhook = url === null ? {} : { webhook: { url, signatureKey: SQUARE.signatureKey } };
      return startSquareSandbox({ ...SQUARE, port, ...webhook });
    },
    settings: async (url, webhookUrl) => ({
      SQUARE_ACCESS_TOKEN: SQUARE.accessToken,
      SQUARE_APPLICATION_ID: SQUARE.applicationId,
      SQUARE_LOCATION_ID: SQUARE.locationId,
      SQUARE_WEBHOOK_SIGNATURE_KEY: SQUARE.signatureKey,
      SQUARE_WEBHOOK_URL: webhookUrl,
      PAYMENT_SQUARE_API_URL: url,
    }),
  };
}

function paypal(): SandboxKind {
  // Who is to trust it has to know the authority before the sandbox signs anything.
  let authority: Promise<Authority> | null = null;
  const certify = async () => {
    const { createWebhookAuthority } = await import('./paypal/certificates.ts');
    return (authority ??= createWebhookAuthority());
  };
  return {
    name: 'paypal',
    title: 'PayPal',
    port: 8012,
    async start({ port, webhookUrl: url }) {
      const { startPayPalSandbox } = await import('./paypal/start.ts');
      const webhook = url === null ? {} : { webhook: { url, webhookId: PAYPAL.webhookId } };
      return startPayPalSandbox({ ...PAYPAL, port, ...webhook, authority: await certify() });
    },
    settings: async (url) => ({
      PAYPAL_CLIENT_ID: PAYPAL.clientId,
      PAYPAL_CLIENT_SECRET: PAYPAL.clientSecret,
      PAYPAL_WEBHOOK_ID: PAYPAL.webhookId,
      PAYMENT_PAYPAL_API_URL: url,
      PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY: (await certify()).certificate,
    }),
  };
}
