import type { Work } from './account.ts';
import { answerWith } from './complete-order.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import type { Order, PurchaseUnit } from './model.ts';
import type { ConfirmOrder, PatchOrder } from './order-parameters.ts';
import { unitParameters } from './order-parameters.ts';
import { findOrder } from './orders-held.ts';
import { readAmount, readParameters } from './parameters.ts';
import { readExperience, readSource } from './payment-sources.ts';

/** `POST /v2/checkout/orders/{id}/confirm-payment-source` */
export function confirmOrder(work: Work, sent: ConfirmOrder, id: string): Result<object> {
  const order = findOrder(work.account, id);
  if (order === undefined) return notFound('order_id', id);
  if (order.status === 'COMPLETED') return refuse('ORDER_CANNOT_BE_CONFIRMED');
  if (order.status === 'APPROVED') return refuse('PAYMENT_ALREADY_APPROVED');
  const source = readSource(work, sent.payment_source);
  if (!source.ok) return source;
  if (source.value.kind === 'open') return refuse('NO_PAYMENT_SOURCE_PROVIDED');
  order.source = source.value;
  const experience = readExperience(
    sent.payment_source.paypal?.experience_context,
    sent.application_context,
  );
  order.experience = {
    returnUrl: experience.returnUrl ?? order.experience.returnUrl,
    cancelUrl: experience.cancelUrl ?? order.experience.cancelUrl,
  };
  // A saved wallet was approved when it was saved.
  if (source.value.kind === 'vaulted') {
    order.status = 'APPROVED';
    order.instrument = source.value.token.instrument;
  } else {
    order.status = 'PAYER_ACTION_REQUIRED';
  }
  order.updated = work.account.clock.nowSeconds();
  return succeed(answerWith(work, order));
}

/** Fields of the purchase unit that can be patched, by their names in the API. */
const PATCHABLE = {
  custom_id: 'customId',
  description: 'description',
  invoice_id: 'invoiceId',
  soft_descriptor: 'softDescriptor',
} as const;

type Patchable = keyof typeof PATCHABLE;
type Patch = PatchOrder[number];

/** `/purchase_units/@reference_id=='default'/custom_id` */
const PATH = /^\/purchase_units\/@reference_id=='(?<reference>.+)'\/(?<field>[a-z_]+)$/;

/** `PATCH /v2/checkout/orders/{id}`: all of the patches are applied, or none. */
export function patchOrder(work: Work, sent: PatchOrder, id: string): Result<null> {
  const order = findOrder(work.account, id);
  if (order === undefined) return notFound('order_id', id);
  if (order.status === 'COMPLETED') return refuse('ORDER_ALREADY_COMPLETED');
  const unit = { ...order.unit };
  for (const [index, patch] of sent.entries()) {
    const applied = applyPatch(order, unit, patch, `/${index}`);
    if (!applied.ok) return applied;
  }
  Object.assign(order.unit, unit);
  order.updated = work.account.clock.nowSeconds();
  return succeed(null);
}

function applyPatch(order: Order, unit: PurchaseUnit, patch: Patch, at: string): Result<null> {
  const place = { field: `${at}/path`, value: patch.path, location: 'body' } as const;
  if (!patch.path.startsWith('/')) return refuse('INVALID_JSON_POINTER_FORMAT', place);
  const { reference, field = '' } = PATH.exec(patch.path)?.groups ?? {};
  if (reference === undefined) return refuse('FIELD_NOT_PATCHABLE', place);
  if (reference !== unit.referenceId) return refuse('REFERENCE_ID_NOT_FOUND', place);
  if (patch.op !== 'remove' && patch.value === undefined) {
    return refuse('PATCH_VALUE_REQUIRED', { field: `${at}/value`, location: 'body' });
  }
  if (field === 'amount') return patchAmount(order, unit, patch, `${at}/value`);
  if (!isPatchable(field)) return refuse('FIELD_NOT_PATCHABLE', place);
  const own = PATCHABLE[field];
  if (patch.op === 'remove') {
    if (unit[own] === null) return refuse('INVALID_PATCH_OPERATION', place);
    unit[own] = null;
    return succeed(null);
  }
  const read = readParameters(unitParameters[field], patch.value);
  if (!read.ok) return read;
  unit[own] = read.value ?? null;
  return succeed(null);
}

function patchAmount(order: Order, unit: PurchaseUnit, patch: Patch, at: string): Result<null> {
  if (patch.op !== 'replace') return refuse('INVALID_PATCH_OPERATION', { field: at });
  const read = readParameters(unitParameters.amount, patch.value);
  if (!read.ok) return read;
  const money = readAmount(read.value, at);
  if (!money.ok) return money;
  // The buyer approved an amount: another one needs his consent.
  if (order.status === 'APPROVED') return refuse('AMOUNT_CHANGE_NOT_ALLOWED', { field: at });
  Object.assign(unit, money.value);
  return succeed(null);
}

function isPatchable(field: string): field is Patchable {
  return Object.hasOwn(PATCHABLE, field);
}
