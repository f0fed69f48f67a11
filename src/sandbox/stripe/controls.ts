import { readDisputeRequest, readEventRequest, setPaths } from '../control-requests.ts';
import type { Refused } from '../control.ts';
import type { Work } from './account.ts';
import { payOut } from './balance.ts';
import { unreturned } from './charges.ts';
import { DISPUTE_REASONS, endDispute, openDispute } from './disputes.ts';
import { fillAccount } from './fill.ts';
import { eventTypes, makeEventObject } from './make-event.ts';
import type { Charge, Payout } from './model.ts';
import { presentEvent } from './present.ts';
import { completeRefund, failRefund } from './refunds.ts';

type Answer = object | Refused | undefined;

/** What this sandbox adds under `/__sandbox/`: payments by the thousand, refunds and disputes that end, and events. */
export function control(work: Work, segments: readonly string[], body: unknown): Answer {
  const [resource, id, action, ...rest] = segments;
  if (rest.length > 0) return undefined;
  switch (`${resource} ${action ?? ''}`) {
    case 'refunds succeed':
      return shown(completeRefund(work, id ?? ''));
    case 'refunds fail':
      return shown(failRefund(work, id ?? ''));
    case 'payments ':
      return id === undefined ? fillAccount(work, body) : undefined;
    case 'payouts ':
      return id === undefined ? { payouts: payOut(work.account).map(shownPayout) } : undefined;
    case 'disputes win':
      return decide(work, id ?? '', 'won');
    case 'disputes lose':
      return decide(work, id ?? '', 'lost');
    case 'disputes ':
      return id === undefined ? disputePayment(work, body) : undefined;
    case 'events ':
      return id === undefined ? sendEvent(work, body) : undefined;
    default:
      return undefined;
  }
}

function shown(refund: { id: string; status: string } | null): object | undefined {
  return refund === null ? undefined : { id: refund.id, status: refund.status };
}

/** `POST /__sandbox/payouts` */
function shownPayout({ id, amount, currency }: Payout): object {
  return { id, amount: Number(amount), currency };
}

/** `POST /__sandbox/disputes` */
function disputePayment(work: Work, body: unknown): Answer {
  const request = readDisputeRequest(body);
  if ('refused' in request) return request;
  const charge = findDisputable(work, request.payment);
  if (charge === undefined) return { refused: 'There is no such captured payment to dispute.' };
  if (charge.dispute !== null) return { refused: `${charge.intent.id} is disputed already.` };
  const limit = unreturned(charge);
  const amount = request.amount ?? limit;
  if (amount > limit || limit === 0n) return { refused: `At most ${limit} can be disputed.` };
  const reason = request.reason ?? 'fraudulent';
  if (!DISPUTE_REASONS.includes(reason)) {
    return { refused: `The reasons are ${DISPUTE_REASONS.join(', ')}.` };
  }
  const dispute = openDispute(work, charge, amount, reason);
  return {
    id: dispute.id,
    status: dispute.status,
    payment: charge.intent.id,
    amount: Number(amount),
  };
}

/** The charge of the payment that a dispute is asked for, or the newest that can have one. */
function findDisputable(work: Work, id: string | undefined): Charge | undefined {
  const { intents, charges } = work.account;
  const charge =
    id === undefined
      ? charges.all().findLast((each) => each.isCaptured)
      : (intents.get(id)?.latestCharge ?? undefined);
  return charge?.isCaptured ? charge : undefined;
}

/** `POST /__sandbox/disputes/{id}/win` and `.../lose` */
function decide(work: Work, id: string, status: 'won' | 'lost'): Answer {
  const dispute = work.account.disputes.get(id);
  if (dispute === undefined) return undefined;
  if (dispute.status !== 'needs_response') return { refused: `It is ${dispute.status} already.` };
  endDispute(work, dispute, status);
  return { id, status };
}

/** `POST /__sandbox/events`: the event tells what is, except for what is set; nothing changes by it. */
function sendEvent(work: Work, body: unknown): Answer {
  const request = readEventRequest(body);
  if ('refused' in request) return request;
  const made = makeEventObject(work, request.type);
  if (made.kind === 'unknown') {
    return { refused: `No event is called ${request.type}. There are ${eventTypes().join(', ')}.` };
  }
  if (made.kind === 'missing') return { refused: `There is no ${made.what} yet: make one first.` };
  const { account } = work;
  const event = {
    id: account.newId('evt_', 24),
    created: account.clock.nowSeconds(),
    type: request.type,
    object: made.object,
    request: { id: null, idempotencyKey: null },
    pendingWebhooks: 0,
  };
  const told = presentEvent(event);
  setPaths(told, request.set);
  const { object } = (told as { data: { object: object } }).data;
  const kept = { ...event, object };
  account.events.add(kept);
  work.deliver(kept);
  return { id: event.id, type: event.type };
}
