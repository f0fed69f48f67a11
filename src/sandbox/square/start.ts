import { createClock } from '../clock.ts';
import { createFaults } from '../faults.ts';
import { createIdSource } from '../ids.ts';
import { runSandbox } from '../run.ts';
import type { Sandbox, SandboxOptions } from '../run.ts';
import type { SandboxRequest } from '../server.ts';
import { createWebhookSender } from '../webhook-sender.ts';
import type { WebhookOptions } from '../webhook-sender.ts';
import { createApi } from './api.ts';
import { referencesOf } from './books-check.ts';
import { control } from './controls.ts';
import { completeRefund, failRefund } from './refunds.ts';
import { webhookHeaders } from './signature.ts';
import { BEHAVIOURS, openState } from './state.ts';
import type { SandboxState } from './state.ts';

export type SquareSandboxOptions = SandboxOptions & {
  accessToken: string;
  applicationId?: string;
  /** The id of the main location, which takes USD; those of the others are in `GET /v2/locations`. */
  locationId?: string;
  /**
   * Where events are delivered, the key they are signed with, and the URL that is signed, when it is
   * not the one delivered to; without it none are.
   */
  webhook?: WebhookOptions & { signatureKey: string; notificationUrl?: string };
};

/** A running look-alike of Square, and the strings to pull from the same process. */
export type SquareSandbox = Sandbox & {
  /** Lets a pending refund complete; false when there is none. */
  completeRefund: (id: string) => boolean;
  /** Lets a pending refund fail; false when there is none. */
  failRefund: (id: string) => boolean;
};

const MAX_OBJECTS = 500_000;
const MAX_CUSTOMERS = 100_000;

/** Starts the sandbox; rejects when the address cannot be bound. */
export async function startSquareSandbox(options: SquareSandboxOptions): Promise<SquareSandbox> {
  const { webhook } = options;
  const clock = createClock(options.clock ?? (() => new Date()));
  const newId = createIdSource();
  const faults = createFaults(BEHAVIOURS);
  const signing = {
    signatureKey: webhook?.signatureKey ?? '',
    notificationUrl: webhook?.notificationUrl ?? webhook?.url ?? '',
  };
  const webhooks = createWebhookSender(webhook, (body) => webhookHeaders(body, signing), faults);
  const state = openState({
    clock,
    newId,
    faults,
    webhooks,
    applicationId: options.applicationId ?? 'sandbox-sq0idb-sandbox',
    locationId: options.locationId ?? 'LSANDBOXUSD00',
  });
  const api = createApi({
    accessToken: options.accessToken,
    faults,
    idempotency: state.idempotency,
    startWork: state.startWork,
    referencesOf: (path, input) => referencesIn(state, path, input),
    isFull: () => isFull(state),
  });
  const catchUp = (): void => {
    state.startWork();
    state.settleNow();
  };
  const controlled = {
    clock,
    faults,
    webhooks,
    books: state.books,
    checkBooks: state.checkBooks,
    catchUp,
    reset: state.reset,
    extra: (segments: readonly string[], body: unknown) =>
      control(state.startWork(), segments, body),
  };
  const answer = (request: SandboxRequest) =>
    request.path.startsWith('/v2/') ? api(request) : null;
  const running = await runSandbox(options, controlled, answer, state.stop);
  return {
    ...running,
    completeRefund: (id) => completeRefund(state.startWork(), id) !== null,
    failRefund: (id) => failRefund(state.startWork(), id) !== null,
  };
}

function isFull(state: SandboxState): boolean {
  const { payments, refunds, cards, customers } = state.account();
  const isFilled = [payments, refunds, cards].some((all) => all.size() >= MAX_OBJECTS);
  return isFilled || customers.size >= MAX_CUSTOMERS;
}

/** The references that a request carries, or else those of the payment or refund that its path names. */
function referencesIn(state: SandboxState, path: string, input: unknown): Record<string, string> {
  const { payments, refunds } = state.account();
  const named = path.split('/')[3] ?? '';
  const asked =
    typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const id = typeof asked['payment_id'] === 'string' ? asked['payment_id'] : named;
  const payment = payments.get(id) ?? refunds.get(id)?.payment;
  const own = Object.entries(asked).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { ...(payment === undefined ? {} : referencesOf(payment)), ...Object.fromEntries(own) };
}
