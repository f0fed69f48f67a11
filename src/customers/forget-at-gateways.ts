import { dropDueWork, postponeDueWork, type Claim } from '../database/due-work.ts';
import { findGatewayCustomer, hasMethodsToDetach } from '../database/gateway-customers.ts';
import { findMethodToDetach } from '../database/payment-methods.ts';
import type { Gateway, GatewayOutcome } from '../gateways/gateway.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { errorOf, makeAtGateway } from '../payments/gateway-customer.ts';
import { deriveGatewayKey } from '../payments/gateway-key.ts';

/** How long, and how often, a customer's deletion waits for the customer's methods to be taken away first. */
const METHODS_FIRST_MS = 1_000;
const METHODS_FIRST_TRIES = 5;

/** Has a gateway take away a method that was taken away here. What it does not do is asked for again, ever more rarely. */
export async function detachAtGateway(
  deps: PaymentDependencies,
  claim: Claim,
  requestId: string,
): Promise<void> {
  const method = await findMethodToDetach(deps.db, claim.id);
  if (method !== null) {
    const gateway = gatewayOf(deps, method.gateway);
    const { gatewayCustomerId, gatewayMethodId } = method;
    if (gatewayCustomerId === null) throw new Error(`${claim.id} has no owner at its gateway`);
    const call = { idempotencyKey: await keyOf(deps, claim, 'detach'), requestId };
    done(await gateway.detachMethod({ gatewayCustomerId, gatewayMethodId }, call));
  }
  await dropDueWork(deps.db, 'payment_methods', claim);
}

/**
 * Has a gateway forget a customer who was deleted here. Where it never told whether it made them, it is asked for that
 * first, so that nobody stays behind there.
 */
export async function deleteAtGateway(
  deps: PaymentDependencies,
  claim: Claim,
  requestId: string,
): Promise<void> {
  const known = await findGatewayCustomer(deps.db, claim.id);
  if (known?.deletedAt && (known.gatewayCustomerId !== null || known.asked !== null)) {
    if (claim.tries <= METHODS_FIRST_TRIES && (await hasMethodsToDetach(deps.db, known))) {
      return postponeDueWork(deps.db, 'gateway_customers', claim, METHODS_FIRST_MS);
    }
    const gateway = gatewayOf(deps, known.gateway);
    const made =
      known.gatewayCustomerId === null
        ? await makeAtGateway(deps, known, gateway, requestId)
        : { kind: 'made' as const, gatewayCustomerId: known.gatewayCustomerId };
    // What the gateway refuses to make is not there, and the next look finds that nothing is left to do.
    if (made.kind === 'not_made') throw new Error(made.error.message);
    const call = { idempotencyKey: await keyOf(deps, claim, 'delete'), requestId };
    done(await gateway.deleteCustomer(made.gatewayCustomerId, call));
  }
  await dropDueWork(deps.db, 'gateway_customers', claim);
}

function gatewayOf({ gateways }: PaymentDependencies, name: string): Gateway {
  const gateway = gateways.get(name);
  if (!gateway) throw new Error(`${name} is not configured here`);
  return gateway;
}

/** Both calls may be repeated freely, so each try has a key of its own: a stored failure would be answered for a day. */
async function keyOf(deps: PaymentDependencies, claim: Claim, operation: string): Promise<string> {
  const key = { scope: 'tender/forget', key: claim.id };
  return deriveGatewayKey(await deps.deploymentId(), key, operation, claim.tries);
}

function done(outcome: GatewayOutcome<null>): void {
  if (outcome.kind === 'succeeded' || outcome.kind === 'requires_action') return;
  const { code, message } = errorOf(outcome);
  throw new Error(`the gateway did not do it (${code}): ${message}`);
}
