import { z } from 'zod';
import type { Reference } from '../../domain/report.ts';
import type { GatewayEvent, GatewayEventSubject } from '../gateway.ts';
import { asBuffer } from '../raw-body.ts';
import { parseStorableJson } from '../storable-json.ts';
import { TextTime } from '../times.ts';
import { readOurs } from './references.ts';

const Event = z.object({
  id: z.string().min(1),
  event_type: z.string().min(1),
  create_time: TextTime,
  resource: z.looseObject({}),
});

type Resource = z.infer<typeof Event>['resource'];

const Id = z.string().min(1).max(255);
const CustomId = z.string().nullish();

const OrderResource = z.object({
  id: Id.nullish(),
  order_id: Id.nullish(),
  purchase_units: z.array(z.object({ custom_id: CustomId })).nullish(),
});

/** An authorization, a capture or a refund. The last is the only one that does not name its order. */
const PaymentResource = z.object({
  id: Id,
  status: z.string(),
  custom_id: CustomId,
  supplementary_data: z
    .object({ related_ids: z.object({ order_id: Id.nullish() }).nullish() })
    .nullish(),
});

const TokenResource = z.object({
  id: Id,
  metadata: z.object({ order_id: Id.nullish() }).nullish(),
});

const DisputeResource = z.object({ dispute_id: Id });

/** Payments as version 1 of the API told of them. */
const OldStyle = z.object({ state: z.string(), custom: CustomId, custom_id: CustomId });

/** What each event that is kept is about. Source: https://developer.paypal.com/api/rest/webhooks/event-names/ */
const SUBJECTS: ReadonlyMap<string, (resource: Resource) => GatewayEventSubject> = new Map([
  ...about(
    'CHECKOUT.ORDER.APPROVED CHECKOUT.ORDER.COMPLETED CHECKOUT.ORDER.DECLINED CHECKOUT.ORDER.VOIDED ' +
      'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
    orderChange,
  ),
  ...about(
    'PAYMENT.AUTHORIZATION.CREATED PAYMENT.AUTHORIZATION.VOIDED PAYMENT.CAPTURE.COMPLETED ' +
      'PAYMENT.CAPTURE.DECLINED PAYMENT.CAPTURE.DENIED PAYMENT.CAPTURE.PENDING PAYMENT.CAPTURE.REFUNDED ' +
      'PAYMENT.CAPTURE.REVERSED PAYMENT.REFUND.FAILED PAYMENT.REFUND.PENDING',
    paymentChange,
  ),
  ...about(
    'CUSTOMER.DISPUTE.CREATED CUSTOMER.DISPUTE.UPDATED CUSTOMER.DISPUTE.RESOLVED',
    disputeChange,
  ),
  ...about('VAULT.PAYMENT-TOKEN.CREATED', tokenCreated),
  ...about('VAULT.PAYMENT-TOKEN.DELETED', tokenDeleted),
]);

/** The types of events that have a consequence here; all others are kept and marked as ignored. */
export const HANDLED_EVENTS: readonly string[] = [...SUBJECTS.keys()];

/**
 * Says what a verified delivery is about, in our terms, and never what became of it: the signature does not prove the
 * body, so the order, refund or dispute is read from PayPal before anything follows from it. That a kept wallet is
 * gone is believed as it is told: it moves no money, and the worst of a forged one is a wallet to be saved again.
 *
 * Throws where the body does not have PayPal's format, and for a payment of ours in the format of the old API, which
 * does not name the order: somebody has to see that, so it ends as dead and not as ignored.
 */
export function translateWebhook(rawBody: Uint8Array): GatewayEvent {
  const {
    id,
    event_type: type,
    create_time,
    resource,
  } = Event.parse(parseStorableJson(asBuffer(rawBody).toString()));
  return { id, type, createdAt: create_time, subject: subjectOf(type, resource) };
}

function subjectOf(type: string, resource: Resource): GatewayEventSubject {
  const read = SUBJECTS.get(type);
  if (isOldStyle(resource) && (read !== undefined || namesOurs(resource))) {
    throw new Error(`old_style_resource: ${type} has the format of PayPal's old payments API`);
  }
  return read?.(resource) ?? { kind: 'none' };
}

function isOldStyle(resource: Resource): boolean {
  return resource['status'] === undefined && OldStyle.safeParse(resource).success;
}

function namesOurs(resource: Resource): boolean {
  const { custom, custom_id: customId } = OldStyle.parse(resource);
  return readOurs(custom ?? customId) !== null;
}

function orderChange(resource: Resource): GatewayEventSubject {
  const order = OrderResource.parse(resource);
  const customId = order.purchase_units?.[0]?.custom_id;
  return change(order.id ?? order.order_id ?? null, customId);
}

function paymentChange(resource: Resource): GatewayEventSubject {
  const { custom_id: customId, supplementary_data: more } = PaymentResource.parse(resource);
  return change(more?.related_ids?.order_id ?? null, customId);
}

/** A wallet may be saved a moment after the payment that was to save it: the order tells of it then. */
function tokenCreated(resource: Resource): GatewayEventSubject {
  const orderId = TokenResource.parse(resource).metadata?.order_id ?? null;
  return orderId === null ? { kind: 'none' } : change(orderId, null);
}

function tokenDeleted(resource: Resource): GatewayEventSubject {
  return { kind: 'method_detached', gatewayMethodId: TokenResource.parse(resource).id };
}

function disputeChange(resource: Resource): GatewayEventSubject {
  const { dispute_id: gatewayDisputeId } = DisputeResource.parse(resource);
  return { kind: 'dispute_change', gatewayDisputeId };
}

function change(
  gatewayPaymentId: string | null,
  customId: z.infer<typeof CustomId>,
): GatewayEventSubject {
  const ours = readOurs(customId);
  const reference: Reference | null = ours && {
    paymentId: ours.paymentId,
    attemptId: ours.attemptId,
  };
  return { kind: 'change', gatewayPaymentId, reference, amounts: null, hasFee: false };
}

function about<T>(types: string, read: T): [string, T][] {
  return types.split(' ').map((type) => [type, read]);
}
