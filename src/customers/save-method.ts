import { findCustomer } from '../database/customers.ts';
import { releaseKey, storeAnswer, takeKey } from '../database/idempotency.ts';
import type { Lease } from '../database/begin.ts';
import { saveMethod } from '../database/payment-methods.ts';
import type { SavedMethod } from '../domain/customer.ts';
import type { GatewayError } from '../domain/outcome.ts';
import type { Decline } from '../domain/report.ts';
import type { Gateway, MethodApproval } from '../gateways/gateway.ts';
import { newId } from '../ids.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { customerNotFound, knownAtGateway } from '../payments/gateway-customer.ts';
import { lookUpKey, newLease, type IdempotentRequest } from '../payments/idempotent-request.ts';
import { deriveGatewayKey } from '../payments/gateway-key.ts';
import { checkToken, notSupported } from '../payments/payer.ts';
import {
  isForTheMoment,
  reject,
  type Answered,
  type Rejection,
  type Replay,
} from '../payments/result.ts';

export interface MethodToSave {
  /** Without it the gateway that the token looks like. */
  gateway: string | null;
  /** A token that the gateway's own script made. */
  paymentMethod: string;
  returnUrl: string | null;
}

/** What came of saving a method. */
export type SaveResult =
  | { kind: 'saved'; method: SavedMethod }
  /** The customer has to agree at the gateway first. */
  | { kind: 'requires_approval'; approval: MethodApproval; gateway: string; customerId: string }
  | { kind: 'declined'; gateway: string; decline: Decline }
  | { kind: 'refused'; gateway: string; error: GatewayError }
  /** It is not known whether the gateway did it; the same request finds out. */
  | { kind: 'unavailable'; gateway: string; error: GatewayError };

export type SaveOperationResult = Answered<SaveResult> | Replay | Rejection;

/**
 * Has a gateway keep a payment method for a customer, without charging it.
 *
 * The gateway's key follows from the caller's, so that a repetition, after a crash as well, saves nothing twice.
 */
export async function savePaymentMethod(
  deps: PaymentDependencies,
  customerId: string,
  command: MethodToSave,
  request: IdempotentRequest<SaveResult>,
): Promise<SaveOperationResult> {
  const known = await lookUpKey(deps, request.key);
  if (known && known.kind !== 'resume') return known;
  const customer = await findCustomer(deps.db, customerId);
  const gateway = customer ? chooseGateway(deps, command) : customerNotFound(customerId);
  if ('kind' in gateway) {
    if (known) await releaseKey(deps.db, request.key, known.lease.token);
    return gateway;
  }
  const lease = known?.lease ?? newLease(deps);
  if (!known && !(await takeKey(deps.db, request.key, lease))) {
    return reject(
      'idempotency_key_in_use',
      'A request with this Idempotency-Key is still being worked on. Send it again in a moment.',
    );
  }
  const result = await deps.bulkhead.within(gateway.name, () =>
    save(deps, customerId, command, gateway, request),
  );
  return conclude(deps, result, request, lease);
}

function chooseGateway(
  { gateways, knownGateways }: PaymentDependencies,
  { gateway: name, paymentMethod }: MethodToSave,
): Gateway | Rejection {
  const all = [...gateways.values()];
  const gateway =
    name === null
      ? (all.find((each) => each.takesPaymentMethod(paymentMethod)) ?? all[0])
      : gateways.get(name);
  if (!gateway) {
    const isKnown = name === null || knownGateways.includes(name);
    return isKnown
      ? reject('gateway_not_configured', `${name ?? 'No gateway'} is not usable.`, 'gateway')
      : reject('gateway_unknown', `There is no gateway ${JSON.stringify(name)}.`, 'gateway');
  }
  const foreign = checkToken({ gateways }, paymentMethod, gateway);
  if (foreign) return foreign;
  return gateway.capabilities.savedMethods
    ? gateway
    : notSupported(gateway.name, 'saved_methods', 'payment_method');
}

async function save(
  deps: PaymentDependencies,
  customerId: string,
  { paymentMethod, returnUrl }: MethodToSave,
  gateway: Gateway,
  { key, requestId }: IdempotentRequest<SaveResult>,
): Promise<SaveResult | Rejection> {
  const known = await knownAtGateway(deps, customerId, gateway, requestId);
  if (known.kind === 'rejected') return known;
  const { gatewayCustomerId } = known;
  const idempotencyKey = deriveGatewayKey(await deps.deploymentId(), key, 'save', 1);
  const outcome = await gateway.saveMethod(
    { customerId, gatewayCustomerId, paymentMethod, returnUrl },
    { idempotencyKey, requestId },
  );
  await deps.failPoints.reach('method.saved');
  switch (outcome.kind) {
    case 'succeeded':
    case 'requires_action': {
      const { report } = outcome;
      const saved = { id: newId('pm'), customerId, gateway: gateway.name, method: report };
      const method = await saveMethod(deps.db, saved);
      return method ? { kind: 'saved', method } : customerNotFound(customerId);
    }
    case 'requires_approval':
      return { ...outcome, gateway: gateway.name, customerId };
    case 'declined':
      return { kind: 'declined', gateway: gateway.name, decline: outcome.decline };
    case 'refused':
    case 'unknown': {
      const { error } = outcome;
      const isFinal = outcome.kind === 'refused' && !isForTheMoment(error);
      return { kind: isFinal ? 'refused' : 'unavailable', gateway: gateway.name, error };
    }
  }
}

/** What may be tried again keeps no answer, and gives the key back at once. */
async function conclude(
  deps: PaymentDependencies,
  result: SaveResult | Rejection,
  { key, render }: IdempotentRequest<SaveResult>,
  lease: Lease,
): Promise<SaveOperationResult> {
  if (result.kind === 'rejected') {
    await releaseKey(deps.db, key, lease.token);
    return result;
  }
  const answer = render(result);
  if (result.kind === 'unavailable') await releaseKey(deps.db, key, lease.token);
  else await storeAnswer(deps.db, key, lease.token, answer);
  return { kind: 'answered', result, answer };
}
