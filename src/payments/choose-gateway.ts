import { hash } from 'node:crypto';
import type { Currency } from '../domain/currency.ts';
import type { GatewayStateOf } from '../domain/gateway-config.ts';
import { byPolicy, theOnlyWay, type PaymentRouting } from '../domain/payment-routing.ts';
import { ranking, route, type Candidate, type PassedOver } from '../domain/routing.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { describeUnknownGateway } from '../gateways/unknown-gateway.ts';
import type { OverloadReason } from '../overloaded.ts';
import { checkAmount } from './amount-limits.ts';
import { noRoomAt } from './bulkhead.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { checkTerms, feeAt } from './gateway-terms.ts';
import { reject, type Rejection } from './result.ts';

type RoutingDependencies = Pick<
  PaymentDependencies,
  'gateways' | 'knownGateways' | 'amountLimits' | 'routingPolicy' | 'mayTryGateway' | 'bulkhead'
>;

/** What is known of where a payment is to go. */
export interface Wish {
  /** Minor units. */
  amount: bigint;
  currency: Currency;
  /** The gateway that was asked for. */
  requested: string | null;
  /** The gateway that keeps what is paid with. */
  keeper: string | null;
  /** A token, which belongs to the gateway that made it. */
  paymentMethod: string | null;
  /** Tokens of several gateways for one and the same payment; `null` where it was not said so. */
  paymentMethods: Readonly<Record<string, string>> | null;
  /** The kind of payment method, such as `card`; `null` where it is not known. */
  methodType: string | null;
  savePaymentMethod: boolean;
  /** A number from 0 up to 1 that is the payment's own. */
  lot: number;
  /** The gateways that have refused it already, with what they said. */
  tried: ReadonlyMap<string, string>;
}

/** Where a payment goes, and why. */
export interface Choice {
  kind: 'chosen';
  gateway: Gateway;
  routing: PaymentRouting;
}

/** No gateway takes it; where the policy was asked, with what it says of each. */
export type NotRouted = Rejection & { routing?: PaymentRouting };

/**
 * The gateway that was asked for, or else the one that made the payment method, or else the one that the policy ranks
 * first among those that can take the payment.
 */
export async function chooseGateway(
  deps: RoutingDependencies,
  stateOf: GatewayStateOf,
  wish: Wish,
): Promise<Choice | NotRouted> {
  const impossible =
    checkAmount(wish.amount, wish.currency, deps.amountLimits) ?? checkTokens(deps, wish);
  if (impossible) return impossible;
  const { requested, keeper } = wish;
  if (requested !== null) return theOne(deps, stateOf, wish, 'request', requested);
  const owner = keeper ?? ownerOf(deps, stateOf, wish.paymentMethod);
  if (owner !== null) return theOne(deps, stateOf, wish, 'payment_method', owner);
  return askPolicy(deps, stateOf, wish);
}

/** A payment's own number from 0 up to 1: the same for each repetition, and spread evenly over many payments. */
export function lotOf(paymentId: string): number {
  const drawn = hash('sha256', `routing\0${paymentId}`, 'buffer').readUIntBE(0, 6);
  return drawn / 2 ** 48;
}

/** Why nothing new may be begun at this gateway; `null` where it may. What was begun there goes on in any case. */
export function refuseNewWork(
  { mayTryGateway, bulkhead }: Pick<PaymentDependencies, 'mayTryGateway' | 'bulkhead'>,
  gateway: string,
  stateOf: GatewayStateOf,
): Rejection | null {
  if (!stateOf(gateway).enabled) {
    return reject(
      'gateway_disabled',
      `An operator has switched ${gateway} off. Nothing was charged: use another gateway, or wait until it is enabled.`,
      'gateway',
    );
  }
  if (!mayTryGateway(gateway)) {
    return reject(
      'gateway_unavailable',
      `${gateway} is left alone for a moment, since it does not answer. Nothing was charged: use another gateway, or repeat the request.`,
      'gateway',
    );
  }
  return bulkhead.hasRoom(gateway) ? null : noRoomAt(gateway);
}

function theOne(
  deps: RoutingDependencies,
  stateOf: GatewayStateOf,
  wish: Wish,
  by: 'request' | 'payment_method',
  name: string,
): Choice | Rejection {
  const gateway = deps.gateways.get(name);
  if (!gateway) {
    if (deps.knownGateways.includes(name)) return notConfigured(`${name} is not configured`);
    return reject('gateway_unknown', describeUnknownGateway(name, deps.knownGateways), 'gateway');
  }
  const refused =
    refuseNewWork(deps, name, stateOf) ?? checkTerms(deps, wish, gateway, stateOf)?.rejection;
  if (refused) return refused;
  if (wish.paymentMethods !== null && !Object.hasOwn(wish.paymentMethods, name)) {
    return reject(
      'parameter_invalid',
      `payment_methods has none for ${name}, which the request names as its gateway.`,
      'payment_methods',
    );
  }
  return { kind: 'chosen', gateway, routing: theOnlyWay(by, name, feeAt(stateOf, name, wish)) };
}

async function askPolicy(
  deps: RoutingDependencies,
  stateOf: GatewayStateOf,
  wish: Wish,
): Promise<Choice | NotRouted> {
  const gateways = [...deps.gateways.values()];
  if (gateways.length === 0) return notConfigured('No gateway is configured');
  const judged = gateways.map((gateway) => ({ gateway, ...judge(deps, stateOf, wish, gateway) }));
  const { policy, version } = await deps.routingPolicy();
  const { amount, currency, methodType, lot } = wish;
  const decision = route(
    { amount, currency, method: methodType, lot },
    policy,
    judged.map(({ gateway: { name }, obstacle }): Candidate => ({
      name,
      obstacle,
      fee: feeAt(stateOf, name, wish),
    })),
  );
  const gateway = deps.gateways.get(ranking(decision)[0] ?? '');
  const routing = byPolicy(decision, version);
  if (gateway) return { kind: 'chosen', gateway, routing };
  const rejections = judged.flatMap(({ rejection }) => rejection ?? []);
  return { ...noneUsable(routing, rejections), routing };
}

interface Judged {
  obstacle: Candidate['obstacle'];
  /** What the caller is told where every gateway has an obstacle of this kind. */
  rejection: Rejection | null;
}

/** Why a gateway cannot take a payment, whatever the policy says. */
function judge(
  deps: RoutingDependencies,
  stateOf: GatewayStateOf,
  wish: Wish,
  gateway: Gateway,
): Judged {
  const { name } = gateway;
  const passOver = (reason: PassedOver, detail: string): Judged => ({
    obstacle: { reason, detail },
    rejection: null,
  });
  if (!stateOf(name).enabled) return passOver('disabled', `An operator has switched ${name} off.`);
  const refusal = wish.tried.get(name);
  if (refusal !== undefined) return passOver('refused', refusal);
  const terms = checkTerms(deps, wish, gateway, stateOf);
  if (terms) {
    const { reason, rejection } = terms;
    return { obstacle: { reason, detail: rejection.detail }, rejection };
  }
  if (wish.paymentMethods !== null && !Object.hasOwn(wish.paymentMethods, name)) {
    return passOver('no_payment_method', `There is no payment method of ${name}.`);
  }
  if (!deps.mayTryGateway(name)) return passOver('unavailable', `${name} does not answer.`);
  if (!deps.bulkhead.hasRoom(name)) {
    return passOver('busy', `As many requests as may be are at ${name} already.`);
  }
  return { obstacle: null, rejection: null };
}

/** What one gateway has made no other can charge, also while that one is switched off. */
function ownerOf(
  { gateways }: RoutingDependencies,
  stateOf: GatewayStateOf,
  paymentMethod: string | null,
): string | null {
  if (paymentMethod === null) return null;
  const takers = [...gateways.values()].filter((each) => each.takesPaymentMethod(paymentMethod));
  return (takers.find(({ name }) => stateOf(name).enabled) ?? takers[0])?.name ?? null;
}

/** Tokens that cannot be what they are called, before any gateway sees one of another. */
function checkTokens(
  { gateways, knownGateways }: RoutingDependencies,
  { paymentMethods }: Wish,
): Rejection | null {
  const tokens = Object.entries(paymentMethods ?? {});
  for (const [name, token] of tokens) {
    const param = `payment_methods.${name}`;
    if (!knownGateways.includes(name)) {
      return reject('gateway_unknown', describeUnknownGateway(name, knownGateways), param);
    }
    if (gateways.get(name)?.takesPaymentMethod(token) === false) {
      return reject(
        'payment_method_of_another_gateway',
        `The payment method does not look like one of ${name}.`,
        param,
      );
    }
  }
  if (tokens.length === 0 || tokens.some(([name]) => gateways.has(name))) return null;
  const names = tokens.map(([name]) => name).join(', ');
  return notConfigured(`payment_methods names ${names} only`, 'payment_methods');
}

/** Nobody takes it: for a reason that passes, or for one that the request has to change for. */
function noneUsable(routing: PaymentRouting, rejections: readonly Rejection[]): Rejection {
  const passedOver = routing.considered.map((each) => each.passedOver?.reason);
  if (passedOver.every((reason) => reason === 'disabled')) {
    return reject(
      'gateway_disabled',
      'Every gateway is switched off: an operator has to enable one.',
    );
  }
  const [first] = rejections;
  if (first && !passedOver.some(passesSoon)) return first;
  const why = routing.considered.map(
    ({ gateway, passedOver: over }) => `${gateway}: ${over?.detail ?? ''}`,
  );
  const detail = `No gateway takes this payment now. ${why.join(' ')}`;
  if (!passedOver.includes('busy')) return reject('no_gateway_available', detail);
  const reason: OverloadReason = 'gateway_calls';
  return { ...reject('overloaded', detail), extensions: { reason } };
}

/** Whether the same request may well be taken in a moment. */
function passesSoon(reason: PassedOver | undefined): boolean {
  return reason === 'unavailable' || reason === 'busy' || reason === 'refused';
}

function notConfigured(what: string, param = 'gateway'): Rejection {
  const detail = `${what}: its credentials are missing or incomplete. The start of the log says which.`;
  return reject('gateway_not_configured', detail, param);
}
