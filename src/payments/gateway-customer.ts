import {
  beginGatewayCustomer,
  findGatewayCustomer,
  gatewayCustomerRow,
  refuseGatewayCustomer,
  storeGatewayCustomer,
  type GatewayCustomer,
} from '../database/gateway-customers.ts';
import type { GatewayError, GatewayOutcome } from '../domain/outcome.ts';
import type { Gateway } from '../gateways/gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { deriveGatewayKey } from './gateway-key.ts';
import { isForTheMoment, reject, type Rejection } from './result.ts';

/**
 * The customer as a gateway knows them, made there on first use.
 *
 * What is asked is written down first and repeated to the letter, under a key that follows from the customer and the
 * gateway, so that a repetition after a crash finds the customer that was made and makes no second one.
 */
export async function knownAtGateway(
  deps: PaymentDependencies,
  customerId: string,
  gateway: Gateway,
  requestId: string,
): Promise<{ kind: 'known'; gatewayCustomerId: string } | Rejection> {
  const row = gatewayCustomerRow(customerId, gateway.name);
  const known = await findGatewayCustomer(deps.db, row);
  if (known?.deletedAt) return customerNotFound(customerId);
  if (known?.gatewayCustomerId) {
    return { kind: 'known', gatewayCustomerId: known.gatewayCustomerId };
  }
  const asking = await beginGatewayCustomer(deps.db, customerId, gateway.name);
  if (asking === null) return customerNotFound(customerId);
  const made = await makeAtGateway(deps, asking, gateway, requestId);
  if (made.kind === 'made') {
    return made.alive
      ? { kind: 'known', gatewayCustomerId: made.gatewayCustomerId }
      : customerNotFound(customerId);
  }
  // Another request may have asked at the same moment, and have got the answer that was withheld from this one.
  const after = await findGatewayCustomer(deps.db, row);
  if (after?.gatewayCustomerId) {
    return { kind: 'known', gatewayCustomerId: after.gatewayCustomerId };
  }
  return notMade(gateway.name, made.error);
}

/** Asks a gateway to make a customer, or what became of it, and writes down what it says. */
export async function makeAtGateway(
  deps: PaymentDependencies,
  known: GatewayCustomer,
  gateway: Gateway,
  requestId: string,
): Promise<
  | { kind: 'made'; gatewayCustomerId: string; alive: boolean }
  | { kind: 'not_made'; error: GatewayError }
> {
  const { customerId } = known;
  const idempotencyKey = deriveGatewayKey(
    await deps.deploymentId(),
    { scope: 'tender/customer', key: gatewayCustomerRow(customerId, gateway.name) },
    'customer',
    known.ordinal,
  );
  const { email, name } = known.asked ?? { email: null, name: null };
  const outcome = await gateway.createCustomer(
    { customerId, email, name },
    { idempotencyKey, requestId },
  );
  await deps.failPoints.reach('customer.made');
  if (outcome.kind === 'succeeded' || outcome.kind === 'requires_action') {
    const { gatewayCustomerId } = outcome.report;
    const alive = await storeGatewayCustomer(deps.db, known, gatewayCustomerId);
    return { kind: 'made', gatewayCustomerId, alive };
  }
  const error = errorOf(outcome);
  if (outcome.kind === 'declined' || (outcome.kind === 'refused' && !isForTheMoment(error))) {
    await refuseGatewayCustomer(deps.db, known);
  }
  return { kind: 'not_made', error };
}

/** Why a gateway did not do what it was asked. */
export function errorOf(
  outcome: Exclude<GatewayOutcome<unknown>, { kind: 'succeeded' | 'requires_action' }>,
): GatewayError {
  if (outcome.kind !== 'declined') return outcome.error;
  return {
    category: 'invalid_request',
    code: outcome.decline.gatewayCode,
    message: outcome.decline.message,
    httpStatus: null,
    gatewayRequestId: null,
  };
}

function notMade(gateway: string, error: GatewayError): Rejection {
  return isForTheMoment(error)
    ? reject(
        'gateway_unavailable',
        `${gateway} could not be asked for the customer (${error.code}). Repeat the request with the same Idempotency-Key.`,
      )
    : reject('gateway_refused', `${gateway} refused the customer: ${error.message}`, 'customer');
}

/** There is no such customer, or not any more. */
export function customerNotFound(customerId: string): Rejection {
  return reject('customer_not_found', `There is no customer ${customerId}.`, 'customer');
}
