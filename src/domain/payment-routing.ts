import type { Considered, PassedOver, RoutingDecision, RoutingStrategy } from './routing.ts';

/** What decided where a payment goes. */
export const ROUTED_BY = ['request', 'payment_method', 'policy'] as const;

/** Which way a payment went and why, as it is kept with the payment. */
export interface PaymentRouting {
  /** The caller's word, the gateway that made what is paid with, or the policy. */
  by: (typeof ROUTED_BY)[number];
  /** `null` where no policy was asked. */
  strategy: RoutingStrategy | null;
  /** The name of the rule that fitted; `null` for the default. */
  rule: string | null;
  /** The policy's version, 0 before there was one; `null` where none was asked. */
  policyVersion: number | null;
  /** The gateways to use in their order, then those that were passed over. */
  considered: readonly ConsideredGateway[];
}

/** One gateway of a decision. Fees are decimal digits of minor units, since JSON has no bigint. */
export interface ConsideredGateway {
  gateway: string;
  rank: number | null;
  passedOver: { reason: PassedOver; detail: string } | null;
  expectedFee: string | null;
}

/** A way that had no alternative. */
export function theOnlyWay(
  by: 'request' | 'payment_method',
  gateway: string,
  fee: bigint | null,
): PaymentRouting {
  const only: Considered = { gateway, rank: 1, passedOver: null, fee };
  return {
    by,
    strategy: null,
    rule: null,
    policyVersion: null,
    considered: [considered(only)],
  };
}

/** A policy's decision as the payment keeps it. */
export function byPolicy(decision: RoutingDecision, policyVersion: number): PaymentRouting {
  return {
    by: 'policy',
    strategy: decision.strategy,
    rule: decision.rule,
    policyVersion,
    considered: decision.considered.map(considered),
  };
}

function considered({ gateway, rank, passedOver, fee }: Considered): ConsideredGateway {
  return { gateway, rank, passedOver, expectedFee: fee === null ? null : fee.toString() };
}
