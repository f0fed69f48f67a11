import type { z } from 'zod';
import type { StoredRoutingPolicy } from '../database/routing.ts';
import type { Preference, RoutingPolicy } from '../domain/routing.ts';
import type { routingPolicyBody } from './schemas/admin/routing.ts';

/** The policy as operators see it. */
export function presentRoutingPolicy({
  policy,
  version,
  inForceFrom,
  changedBy,
}: StoredRoutingPolicy) {
  const { default: fallback, rules } = policy;
  return {
    object: 'routing_policy' as const,
    version,
    in_force_from: inForceFrom?.toISOString() ?? null,
    changed_by: changedBy,
    default: preference(fallback),
    rules: rules.map((rule) => ({
      name: rule.name,
      ...preference(rule),
      currencies: rule.currencies,
      min_amount: rule.minAmount,
      max_amount: rule.maxAmount,
      methods: rule.methods,
    })),
  };
}

/** The policy that a body asks for. */
export function routingPolicyOf(body: z.output<typeof routingPolicyBody>): RoutingPolicy {
  return {
    default: preference(body.default),
    rules: body.rules.map((rule) => ({
      name: rule.name,
      ...preference(rule),
      currencies: rule.currencies,
      minAmount: rule.min_amount,
      maxAmount: rule.max_amount,
      methods: rule.methods,
    })),
  };
}

/** The gateways that a policy names. */
export function gatewaysIn({ default: fallback, rules }: RoutingPolicy): string[] {
  return [fallback, ...rules].flatMap(({ gateways, weights }) => [
    ...gateways,
    ...Object.keys(weights),
  ]);
}

function preference({ strategy, gateways, weights }: Preference) {
  return { strategy, gateways: [...gateways], weights: { ...weights } };
}
