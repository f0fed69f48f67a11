import { createClock } from '../clock.ts';
import { createFaults } from '../faults.ts';
import { createIdSource } from '../ids.ts';
import { runSandbox } from '../run.ts';
import type { Sandbox, SandboxOptions } from '../run.ts';
import type { Reply, SandboxRequest } from '../server.ts';
import { createWebhookSender } from '../webhook-sender.ts';
import type { WebhookOptions } from '../webhook-sender.ts';
import { createAccessTokens } from './access-tokens.ts';
import { BEHAVIOURS } from './account.ts';
import { createApi } from './api.ts';
import { isApprovalPath, serveApproval } from './approval.ts';
import { completeCapture, declineCapture } from './captures.ts';
import { createWebhookAuthority, yearAround } from './certificates.ts';
import type { Authority } from './certificates.ts';
import { control } from './controls.ts';
import { pathReferences } from './references.ts';
import { completeRefund, failRefund } from './refunds.ts';
import { createRoutes } from './routes.ts';
import { webhookHeaders } from './signature.ts';
import type { Signer } from './signature.ts';
import { openState } from './state.ts';

export type PayPalSandboxOptions = SandboxOptions & {
  clientId: string;
  clientSecret: string;
  /** Where events are delivered and the webhook's id, which is signed; without it none are. */
  webhook?: WebhookOptions & { webhookId: string };
  /** What certifies the key of the webhooks; one is made unless it is given. */
  authority?: Authority;
  /** The URL under which buyers reach the hosted pages, when it is not the one listened on. */
  publicUrl?: string;
};

/** A running look-alike of PayPal, and the strings to pull from the same process. */
export type PayPalSandbox = Sandbox & {
  /** PEM of the authority that certifies the key of the webhooks. */
  readonly certificateAuthority: string;
  /** Lets the review pass a pending capture; false when there is none. */
  completeCapture: (id: string) => boolean;
  /** Lets the review refuse a pending capture; false when there is none. */
  declineCapture: (id: string) => boolean;
  /** Lets a pending refund succeed; false when there is none. */
  completeRefund: (id: string) => boolean;
  /** Lets a refund fail, also one that had succeeded; false when it cannot. */
  failRefund: (id: string) => boolean;
  /** Lets every access token that was granted lapse at once. */
  revokeTokens: () => void;
};

const MAX_ORDERS = 500_000;
/** The host that PayPal's own sandbox certifies for its webhooks. */
const CERTIFIED_HOST = 'messageverificationcerts.sandbox.paypal.com';
const CERTIFICATES_PATH = '/v1/notifications/certs/';

/** Starts the sandbox; rejects when the address cannot be bound. */
export async function startPayPalSandbox(options: PayPalSandboxOptions): Promise<PayPalSandbox> {
  const { webhook } = options;
  const clock = createClock(options.clock ?? (() => new Date()));
  const newId = createIdSource();
  const faults = createFaults(BEHAVIOURS);
  const signingKey = await makeSigningKey(options.authority, clock.sourceMs());
  const certificatePath = `${CERTIFICATES_PATH}CERT-${newId('', 16).toLowerCase()}`;
  let baseUrl = options.publicUrl ?? '';
  const signer = (): Signer => ({
    identity: signingKey.identity,
    certificateUrl: baseUrl + certificatePath,
    webhookId: webhook?.webhookId ?? '',
  });
  const webhooks = createWebhookSender(
    webhook,
    (body) => webhookHeaders(body, signer(), clock.sourceMs()),
    faults,
  );
  const state = openState({ clock, newId, faults, webhooks, baseUrl: () => baseUrl });
  const tokens = createAccessTokens(options, clock, newId);
  const api = createApi({
    routes: createRoutes(signer),
    tokens,
    faults,
    idempotency: state.idempotency,
    startWork: state.startWork,
    newDebugId: () => newId('', 13).toLowerCase(),
    referencesOf: (path) => pathReferences(state.account(), path),
    isFull: () => state.account().orders.size() >= MAX_ORDERS,
  });
  const controlled = {
    clock,
    faults,
    webhooks,
    books: state.books,
    checkBooks: state.checkBooks,
    catchUp: () => void state.startWork(),
    reset: state.reset,
    extra(segments: readonly string[], body: unknown) {
      if (segments.join('/') !== 'tokens/revoke') return control(state.startWork(), segments, body);
      tokens.revokeAll();
      return { revoked: true };
    },
  };
  const answer = (request: SandboxRequest) => {
    const { method, path } = request;
    if (path === certificatePath) return pem(signingKey.chain);
    if (path === '/__sandbox/certificate-authority' && method === 'GET') {
      return pem(signingKey.authority);
    }
    if (isApprovalPath(path)) return serveApproval(request, state.startWork());
    return /^\/v[123]\//.test(path) ? api(request) : null;
  };
  const running = await runSandbox(options, controlled, answer);
  baseUrl ||= running.url;
  return {
    ...running,
    certificateAuthority: signingKey.authority,
    completeCapture: (id) => completeCapture(state.startWork(), id) !== null,
    declineCapture: (id) => declineCapture(state.startWork(), id) !== null,
    completeRefund: (id) => completeRefund(state.startWork(), id) !== null,
    failRefund: (id) => failRefund(state.startWork(), id) !== null,
    revokeTokens: tokens.revokeAll,
  };
}

/** A key for the webhooks with its certificate, and the authority that vouches for it. */
async function makeSigningKey(given: Authority | undefined, nowMs: number) {
  const authority = given ?? (await createWebhookAuthority(nowMs));
  const identity = await authority.issue(CERTIFIED_HOST, yearAround(nowMs));
  return {
    identity,
    authority: authority.certificate,
    /** As PayPal publishes it: the certificate first, then those that lead to a known authority. */
    chain: identity.certificate + authority.certificate,
  };
}

function pem(text: string): Reply {
  return { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: text };
}
