import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Books } from '../../../src/sandbox/books.ts';
import {
  PAYPAL_SANDBOX_KEYS,
  SANDBOX_KEYS,
  SQUARE_SANDBOX_KEYS,
} from '../../../src/sandbox/credentials.ts';
import type { FaultRuleInput } from '../../../src/sandbox/fault-rules.ts';
import type { WebhookReport } from '../../../src/sandbox/webhook-sender.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { GATEWAY_NAMES, type GatewayName } from './names.ts';

/** The gateways, asked past every fault. */
export interface Sandboxes {
  ports: Record<GatewayName, number>;
  /** How Tender is told to reach them through the links on these ports. */
  settings: (
    links: Record<GatewayName, number>,
    squareWebhookUrl: string,
  ) => Record<string, string>;
  addFault(gateway: GatewayName, rule: FaultRuleInput): Promise<void>;
  /** Ends every fault and lets go of what was withheld. */
  heal(): Promise<void>;
  books(gateway: GatewayName): Promise<Books>;
  /** Where a sandbox's API and its journal differ. */
  checkBooks(gateway: GatewayName): Promise<string[]>;
  webhooks(gateway: GatewayName): Promise<WebhookReport>;
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the three sandboxes in a process of their own. */
export async function startSandboxes(links: {
  gateways: Record<GatewayName, number>;
  webhooks: Record<GatewayName, string>;
}): Promise<Sandboxes> {
  const program = new URL('./sandbox-program.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, JSON.stringify(links)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid !== undefined) child.once('exit', killWithParent(child.pid));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { ports, certificateAuthority } = JSON.parse(line) as {
    ports: Record<GatewayName, number>;
    certificateAuthority: string;
  };
  const ask = async (gateway: GatewayName, method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${ports[gateway]}/__sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${gateway}'s sandbox: ${text}`);
    return JSON.parse(text) as unknown;
  };
  const each = (work: (gateway: GatewayName) => Promise<unknown>) =>
    Promise.all(GATEWAY_NAMES.map(work)).then(() => undefined);
  return {
    ports,
    settings: (to, squareWebhookUrl) => ({
      ...keys(squareWebhookUrl),
      PAYMENT_STRIPE_API_URL: `http://127.0.0.1:${to.stripe}`,
      PAYMENT_SQUARE_API_URL: `http://127.0.0.1:${to.square}`,
      PAYMENT_PAYPAL_API_URL: `http://127.0.0.1:${to.paypal}`,
      PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY: certificateAuthority,
    }),
    addFault: (gateway, rule) => ask(gateway, 'POST', 'faults', rule).then(() => undefined),
    heal: () =>
      each(async (gateway) => {
        await ask(gateway, 'DELETE', 'faults');
        await ask(gateway, 'POST', 'webhooks/release');
      }),
    books: (gateway) => ask(gateway, 'GET', 'books') as Promise<Books>,
    checkBooks: async (gateway) =>
      ((await ask(gateway, 'GET', 'books/check')) as { differences: string[] }).differences,
    webhooks: (gateway) => ask(gateway, 'GET', 'webhooks') as Promise<WebhookReport>,
    reset: () => each((gateway) => ask(gateway, 'POST', 'reset')),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function keys(squareWebhookUrl: string): Record<string, string> {
  return {
    STRIPE_SECRET_KEY: SANDBOX_KEYS.secretKey,
    STRIPE_PUBLISHABLE_KEY: SANDBOX_KEYS.publishableKey,
    STRIPE_WEBHOOK_SECRET: SANDBOX_KEYS.webhookSecret,
    SQUARE_ACCESS_TOKEN: SQUARE_SANDBOX_KEYS.accessToken,
    SQUARE_APPLICATION_ID: SQUARE_SANDBOX_KEYS.applicationId,
    SQUARE_LOCATION_ID: SQUARE_SANDBOX_KEYS.locationId,
    SQUARE_WEBHOOK_SIGNATURE_KEY: SQUARE_SANDBOX_KEYS.signatureKey,
    SQUARE_WEBHOOK_URL: squareWebhookUrl,
    PAYPAL_CLIENT_ID: PAYPAL_SANDBOX_KEYS.clientId,
    PAYPAL_CLIENT_SECRET: PAYPAL_SANDBOX_KEYS.clientSecret,
    PAYPAL_WEBHOOK_ID: PAYPAL_SANDBOX_KEYS.webhookId,
  };
}
