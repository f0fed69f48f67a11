import { readDisputeRequest, readEventRequest, setPaths } from '../control-requests.ts';
import type { DisputeRequest } from '../control-requests.ts';
import type { Refused } from '../control.ts';
import type { Work } from './account.ts';
import { disputableAmount, endDispute, openDispute } from './disputes.ts';
import { eventBody } from './events.ts';
import type { EventType } from './events.ts';
import type { Payment } from './model.ts';
import { payOut } from './payouts.ts';
import { presentPayout } from './present.ts';
import { completeRefund, failRefund } from './refunds.ts';
import { eventTypes, subjectOf } from './subjects.ts';
import { disputeReasons } from './test-sources.ts';

type Answer = object | Refused | undefined;

/** What this sandbox adds under `/__sandbox/`: refunds and disputes that end, and events on demand. */
export function control(work: Work, segments: readonly string[], body: unknown): Answer {
  const [resource, id, action, ...rest] = segments;
  if (rest.length > 0) return undefined;
  switch (`${resource} ${action ?? ''}`) {
    case 'refunds succeed':
      return shown(completeRefund(work, id ?? ''));
    case 'refunds fail':
      return shown(failRefund(work, id ?? ''));
    case 'payouts ':
      return id === undefined ? { payouts: payOut(work.account).map(presentPayout) } : undefined;
    case 'disputes win':
      return decideDispute(work, id ?? '', 'WON');
    case 'disputes lose':
      return decideDispute(work, id ?? '', 'LOST');
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

/** `POST /__sandbox/disputes` */
function disputePayment(work: Work, body: unknown): Answer {
  const request = readDisputeRequest(body);
  if ('refused' in request) return request;
  const payment = findDisputable(work, request);
  if (payment === undefined) return { refused: 'There is no such completed payment to dispute.' };
  const open = payment.dispute !== null && payment.dispute.state !== 'WON';
  const limit = disputableAmount(payment);
  const amount = request.amount ?? limit;
  if (open) return { refused: `${payment.id} has an open or lost dispute already.` };
  if (amount > limit || limit === 0n) return { refused: `At most ${limit} can be disputed.` };
  const reason = request.reason ?? 'NO_KNOWLEDGE';
  if (!disputeReasons().includes(reason)) {
    return { refused: `The reasons are ${disputeReasons().join(', ')}.` };
  }
  const dispute = openDispute(work, payment, amount, reason);
  return { id: dispute.id, state: dispute.state, payment: payment.id, amount: Number(amount) };
}

/** The payment that a dispute is asked for, or the newest that can have one. */
function findDisputable(work: Work, { payment: id }: DisputeRequest): Payment | undefined {
  const { payments } = work.account;
  const found =
    id === undefined
      ? payments.all().findLast((payment) => payment.status === 'COMPLETED')
      : payments.get(id);
  return found?.status === 'COMPLETED' ? found : undefined;
}

/** `POST /__sandbox/disputes/{id}/win` and `.../lose` */
function decideDispute(work: Work, id: string, state: 'WON' | 'LOST'): Answer {
  const dispute = work.account.disputes.get(id);
  if (dispute === undefined) return undefined;
  if (!work.account.contested.has(dispute)) return { refused: `It is ${dispute.state} already.` };
  endDispute(work, dispute, state);
  return { id, state };
}

/** `POST /__sandbox/events`: the event tells what is, except for what is set; nothing changes by it. */
function sendEvent(work: Work, body: unknown): Answer {
  const request = readEventRequest(body);
  if ('refused' in request) return request;
  const type = eventTypes().find((one) => one === request.type);
  if (type === undefined) return refuseType(request.type);
  const event = eventBody(work.account, type, subjectOf(work, type));
  setPaths(event, request.set);
  work.deliver({ id: event.event_id, type, body: event });
  return { id: event.event_id, type };
}

function refuseType(type: string): Refused {
  const known: EventType[] = eventTypes();
  return { refused: `No event is called ${type}. There are ${known.join(', ')}.` };
}
