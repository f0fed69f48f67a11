import { isStorableBody } from '../../database/receipts.ts';
import type { FailPoints } from '../../fail-points.ts';
import type { Gateway, WebhookRejection } from '../../gateways/gateway.ts';
import type { WebhookObserver } from './dependencies.ts';
import type { Inbox } from './inbox.ts';

export interface ReceiveDependencies {
  gateways: ReadonlyMap<string, Gateway>;
  inbox: Inbox;
  observer: Pick<WebhookObserver, 'received' | 'rejected'>;
  failPoints: FailPoints;
  clock: () => Date;
}

/** Stands for a name that anybody may have put into the URL, so that it becomes neither a metric nor a log line. */
export const UNKNOWN_GATEWAY = 'unknown';

export type Received =
  | { kind: 'accepted' }
  | { kind: 'rejected'; reason: WebhookRejection; detail: string }
  | { kind: 'gateway_unknown' };

/**
 * Takes a webhook in: verified from its raw bytes, committed, and only then acknowledged. What is done with it comes
 * later, by a worker.
 */
export async function receiveWebhook(
  deps: ReceiveDependencies,
  {
    gateway: name,
    headers,
    rawBody,
    requestId,
  }: {
    gateway: string;
    headers: Readonly<Record<string, string | string[] | undefined>>;
    rawBody: Uint8Array;
    requestId: string;
  },
): Promise<Received> {
  const gateway = deps.gateways.get(name);
  if (!gateway) {
    deps.observer.rejected({ gateway: UNKNOWN_GATEWAY, reason: 'gateway_unknown' });
    return { kind: 'gateway_unknown' };
  }
  const verdict = await gateway.verifyWebhook({ headers, rawBody, receivedAt: deps.clock() });
  if (verdict.kind === 'rejected') {
    deps.observer.rejected({ gateway: name, reason: verdict.reason });
    return verdict;
  }
  if (!isStorableBody(rawBody)) {
    deps.observer.rejected({ gateway: name, reason: 'body_malformed' });
    const detail = 'The body is not JSON in UTF-8.';
    return { kind: 'rejected', reason: 'body_malformed', detail };
  }
  const { eventId, eventType } = verdict;
  await deps.inbox.store({ gateway: name, eventId, eventType, requestId, body: rawBody });
  await deps.failPoints.reach('webhook.stored');
  deps.observer.received({ gateway: name, eventType });
  return { kind: 'accepted' };
}
