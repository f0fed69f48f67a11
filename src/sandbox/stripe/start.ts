import { createClock } from '../clock.ts';
import { createFaults } from '../faults.ts';
import { createIdSource } from '../ids.ts';
import { runSandbox } from '../run.ts';
import type { Sandbox, SandboxOptions } from '../run.ts';
import type { SandboxRequest } from '../server.ts';
import { createWebhookSender } from '../webhook-sender.ts';
import type { WebhookOptions } from '../webhook-sender.ts';
import { createApi } from './api.ts';
import { control } from './controls.ts';
import { completeRefund, failRefund } from './refunds.ts';
import { serveSetupChallenge } from './setup-challenge.ts';
import { webhookHeaders } from './signature.ts';
import { openState } from './state.ts';
import type { SandboxState } from './state.ts';
import { serveChallenge } from './three-d-secure.ts';

export type StripeSandboxOptions = SandboxOptions & {
  secretKey: string;
  publishableKey: string;
  /** Where events are delivered and the secret they are signed with; without it none are. */
  webhook?: WebhookOptions & { secret: string };
  /** The URL under which customers reach the hosted pages, when it is not the one listened on. */
  publicUrl?: string;
};

/** A running look-alike of Stripe, and the strings to pull from the same process. */
export type StripeSandbox = Sandbox & {
  /** Lets a pending refund succeed; false when there is none. */
  completeRefund: (id: string) => boolean;
  /** Lets a refund fail, also one that had succeeded; false when it cannot. */
  failRefund: (id: string) => boolean;
};

const MAX_INTENTS = 500_000;

/** Starts the sandbox; rejects when the address cannot be bound. */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const { webhook } = options;
  const clock = createClock(options.clock ?? (() => new Date()));
  const newId = createIdSource();
  const faults = createFaults(['refunds_pending', 'fees_raised']);
  const webhooks = createWebhookSender(
    webhook,
    (body) => webhookHeaders(body, webhook?.secret ?? '', clock.sourceMs()),
    faults,
  );
  let baseUrl = options.publicUrl ?? '';
  const state = openState({ clock, newId, faults, webhooks, baseUrl: () => baseUrl });
  const api = createApi({
    keys: options,
    faults,
    idempotency: state.idempotency,
    startWork: state.startWork,
    newRequestId: () => newId('req_', 14),
    metadataOf: (path) => metadataOf(state, path),
    isFull: () => state.account().intents.size() >= MAX_INTENTS,
  });
  const controlled = {
    clock,
    faults,
    webhooks,
    books: state.books,
    checkBooks: state.checkBooks,
    catchUp: () => void state.startWork(),
    reset: state.reset,
    extra: (segments: readonly string[], body: unknown) =>
      control(state.startWork(), segments, body),
  };
  const answer = (request: SandboxRequest) => {
    if (request.path.startsWith('/v1/')) return api(request);
    if (request.path.startsWith('/3ds/seti_')) {
      return serveSetupChallenge(request, state.startWork());
    }
    return request.path.startsWith('/3ds/') ? serveChallenge(request, state.startWork()) : null;
  };
  const running = await runSandbox(options, controlled, answer, state.stop);
  baseUrl ||= running.url;
  return {
    ...running,
    completeRefund: (id) => completeRefund(state.startWork(), id) !== null,
    failRefund: (id) => failRefund(state.startWork(), id) !== null,
  };
}

/** The metadata of the intent or refund that a path such as `/v1/refunds/re_1` names. */
function metadataOf(state: SandboxState, path: string): Record<string, string> {
  const id = path.split('/')[3] ?? '';
  const { intents, refunds } = state.account();
  return (intents.get(id) ?? refunds.get(id))?.metadata ?? {};
}
