import { readDisputeRequest, readEventRequest, setPaths } from '../control-requests.ts';
import type { Refused } from '../control.ts';
import type { Work } from './account.ts';
import { completeCapture, declineCapture } from './captures.ts';
import { disputableOf, DISPUTE_REASONS, openDispute, resolveDispute } from './disputes.ts';
import { envelope } from './events.ts';
import { eventTypes, makeEvent } from './make-event.ts';
import type { Capture, DisputeOutcome, Withdrawal } from './model.ts';
import { completeRefund, failRefund } from './refunds.ts';
import { payOut } from './transactions.ts';

type Answer = object | Refused | undefined;

/** What this sandbox adds under `/__sandbox/`: what PayPal, banks and buyers decide, and events. */
export function control(work: Work, segments: readonly string[], body: unknown): Answer {
  const [resource, id = '', action = '', ...rest] = segments;
  if (rest.length > 0) return undefined;
  switch (`${resource} ${action}`) {
    case 'captures complete':
      return shown(completeCapture(work, id));
    case 'captures decline':
      return shown(declineCapture(work, id));
    case 'refunds succeed':
      return shown(completeRefund(work, id));
    case 'refunds fail':
      return shown(failRefund(work, id));
    case 'payouts ':
      return id === '' ? { payouts: payOut(work.account).map(shownPayout) } : undefined;
    case 'disputes win':
      return endDispute(work, id, 'RESOLVED_SELLER_FAVOUR');
    case 'disputes lose':
      return endDispute(work, id, 'RESOLVED_BUYER_FAVOUR');
    case 'disputes ':
      return id === '' ? disputePayment(work, body) : undefined;
    case 'events ':
      return id === '' ? sendEvent(work, body) : undefined;
    default:
      return undefined;
  }
}

function shown(thing: { id: string; status: string } | null): object | undefined {
  return thing === null ? undefined : { id: thing.id, status: thing.status };
}

/** `POST /__sandbox/payouts` */
function shownPayout({ id, amount, currency }: Withdrawal): object {
  return { id, amount: Number(amount), currency };
}

/** `POST /__sandbox/disputes`: `payment` is the id of a capture or of its order. */
function disputePayment(work: Work, body: unknown): Answer {
  const request = readDisputeRequest(body);
  if ('refused' in request) return request;
  const capture = findDisputable(work, request.payment);
  if (capture === undefined) return { refused: 'There is no such capture to dispute.' };
  const limit = disputableOf(capture);
  const amount = request.amount ?? limit;
  if (amount > limit || limit === 0n) return { refused: `At most ${limit} can be disputed.` };
  const wanted = request.reason ?? 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED';
  const reason = DISPUTE_REASONS.find((one) => one === wanted);
  if (reason === undefined) return { refused: `The reasons are ${DISPUTE_REASONS.join(', ')}.` };
  const { id } = openDispute(work, capture, amount, reason);
  return { id, payment: capture.id, amount: Number(amount), status: 'open' };
}

/** The capture that a dispute is asked for, or the newest that can have one. */
function findDisputable(work: Work, id: string | undefined): Capture | undefined {
  const { captures, orders } = work.account;
  const candidates = id === undefined ? captures.all() : (orders.get(id)?.captures ?? []);
  return (
    (id === undefined ? undefined : captures.get(id)) ??
    candidates.findLast((capture) => disputableOf(capture) > 0n)
  );
}

/** `POST /__sandbox/disputes/{id}/win` and `.../lose` */
function endDispute(work: Work, id: string, outcome: DisputeOutcome): Answer {
  const dispute = work.account.disputes.get(id);
  if (dispute === undefined) return undefined;
  if (dispute.outcome !== null) return { refused: `It ended as ${dispute.outcome} before.` };
  resolveDispute(work, dispute, outcome);
  return { id, status: outcome };
}

/** `POST /__sandbox/events`: the event tells what is, except for what is set; nothing changes by it. */
function sendEvent(work: Work, body: unknown): Answer {
  const request = readEventRequest(body);
  if ('refused' in request) return request;
  const { type, set } = request;
  const content = makeEvent(work, type);
  if (content === null) {
    return { refused: `No event is called ${type}. There are ${eventTypes().join(', ')}.` };
  }
  const event = envelope(work, type, content);
  // What an event shares with the things that it speaks of must not change with it.
  const own = structuredClone(event);
  setPaths(own, set);
  work.deliver({ id: own.id, type, body: JSON.stringify(own) });
  return { id: own.id, type };
}
