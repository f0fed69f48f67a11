import type { GatewayStateOf } from '../domain/gateway-config.ts';
import type { Gateway } from '../gateways/gateway.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { reject, type Rejection } from './result.ts';

/** What is known of where a payment is to go. */
export interface Wish {
  /** The gateway that was asked for, or that keeps what is paid with. */
  name: string | null;
  /** A token, which belongs to the gateway that made it. */
  paymentMethod: string | null;
}

/** The gateway that was asked for, or else the one that takes the payment method, or else the first that is enabled. */
export function chooseGateway(
  { gateways, knownGateways }: Pick<PaymentDependencies, 'gateways' | 'knownGateways'>,
  stateOf: GatewayStateOf,
  { name, paymentMethod }: Wish,
): Gateway | Rejection {
  const all = [...gateways.values()];
  const enabled = all.filter((each) => stateOf(each.name).enabled);
  if (name === null) {
    const takes = (each: Gateway) =>
      paymentMethod !== null && each.takesPaymentMethod(paymentMethod);
    // What one gateway has made no other can charge, also while that one is switched off.
    const owner = enabled.find(takes) ?? all.find(takes);
    if (owner) return refuseDisabled(owner.name, stateOf) ?? owner;
    const [first] = enabled;
    if (first) return first;
    return all.length > 0
      ? reject('gateway_disabled', 'Every gateway is switched off: an operator has to enable one.')
      : notConfigured('No gateway is configured', 'gateway');
  }
  const gateway = gateways.get(name);
  if (gateway) return refuseDisabled(name, stateOf) ?? gateway;
  if (knownGateways.includes(name)) return notConfigured(`${name} is not configured`, 'gateway');
  return reject(
    'gateway_unknown',
    `There is no gateway ${JSON.stringify(name)}; there is ${knownGateways.join(', ')}.`,
    'gateway',
  );
}

/** Why nothing new may be begun at this gateway; `null` where it may. What was begun there goes on in any case. */
export function refuseDisabled(gateway: string, stateOf: GatewayStateOf): Rejection | null {
  if (stateOf(gateway).enabled) return null;
  return reject(
    'gateway_disabled',
    `An operator has switched ${gateway} off. Nothing was charged: use another gateway, or wait until it is enabled.`,
    'gateway',
  );
}

function notConfigured(what: string, param: string): Rejection {
  const detail = `${what}: its credentials are missing or incomplete. The start of the log says which.`;
  return reject('gateway_not_configured', detail, param);
}
