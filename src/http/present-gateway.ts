import type { z } from 'zod';
import type { GatewayStatus } from '../admin/gateway-status.ts';
import type { DatedGatewayConfig } from '../database/gateway-settings.ts';
import type { GatewaySwitch } from '../database/gateway-states.ts';
import { NOTHING_CONFIGURED, type ConfigPatch } from '../domain/gateway-config.ts';
import type { gatewayConfigBody } from './schemas/admin/gateway.ts';

/** The settings of a gateway as operators see them. */
export function presentGatewayConfig(gateway: string, current: DatedGatewayConfig | null) {
  const config = current?.config ?? NOTHING_CONFIGURED;
  return {
    object: 'gateway_config' as const,
    gateway,
    version: current?.version ?? 0,
    in_force_from: current?.inForceFrom.toISOString() ?? null,
    changed_by: current?.changedBy ?? null,
    fee_percentage: number(config.feePercentage),
    fee_fixed: number(config.feeFixed),
    fees: mapValues(config.fees, ({ percentage, fixed }) => ({
      ...(percentage ? { percentage: Number(percentage) } : {}),
      ...(fixed ? { fixed: Number(fixed) } : {}),
    })),
    display_name: config.displayName,
    currencies: config.currencies === null ? null : [...config.currencies],
    min_amount: number(config.minAmount),
    max_amount: number(config.maxAmount),
    limits: mapValues(config.limits, ({ minAmount, maxAmount }) => ({
      ...(minAmount ? { min_amount: Number(minAmount) } : {}),
      ...(maxAmount ? { max_amount: Number(maxAmount) } : {}),
    })),
  };
}

/** What a body asks to be changed. */
export function configPatchOf(body: z.output<typeof gatewayConfigBody>): ConfigPatch {
  const { limits } = body;
  const patch = {
    feePercentage: body.fee_percentage,
    feeFixed: body.fee_fixed,
    fees: body.fees,
    displayName: body.display_name,
    currencies: body.currencies,
    minAmount: body.min_amount,
    maxAmount: body.max_amount,
    limits: limits && mapValues(limits, (own) => own && rangeOf(own)),
  };
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

function rangeOf(own: {
  min_amount?: string | null | undefined;
  max_amount?: string | null | undefined;
}) {
  return {
    ...(own.min_amount === undefined ? {} : { minAmount: own.min_amount }),
    ...(own.max_amount === undefined ? {} : { maxAmount: own.max_amount }),
  };
}

/** Whether a gateway is enabled, and by whose word. */
export function presentSwitch({ enabled, changed, reason }: GatewaySwitch) {
  return {
    enabled,
    changed_at: changed?.at.toISOString() ?? null,
    changed_by: changed?.by ?? null,
    reason,
  };
}

/** How a gateway is doing. */
export function presentGatewayStatus(status: GatewayStatus) {
  const { activity, backlog, credentials } = status;
  const { p95LatencyMs: p95 } = activity;
  return {
    object: 'gateway_status' as const,
    gateway: status.name,
    ...presentSwitch(status.switched),
    credentials: {
      present: status.isConfigured,
      accepted: credentials === null ? null : credentials === 'accepted',
    },
    last_success_at: activity.lastSuccessAt?.toISOString() ?? null,
    last_error_at: activity.lastErrorAt?.toISOString() ?? null,
    last_error: activity.lastError,
    last_5_minutes: {
      calls: activity.calls,
      failures: activity.failures,
      success_rate: activity.successRate,
      p95_latency_seconds: p95 === null ? null : Math.round(p95) / 1_000,
    },
    breaker: {
      state: status.breaker.state,
      opened_at: status.breaker.openedAt?.toISOString() ?? null,
      next_probe_at: status.breaker.probeAt?.toISOString() ?? null,
      cause: status.breaker.cause,
    },
    backlog: {
      webhooks_waiting: backlog.webhooksWaiting,
      webhooks_dead: backlog.webhooksDead,
      webhooks_orphaned: backlog.webhooksOrphaned,
      unknown_outcomes: backlog.unknownOutcomes,
      oldest_unknown_at: backlog.oldestUnknownAt?.toISOString() ?? null,
    },
  };
}

/** Decimals of at most 15 digits, as these are, are the same in JSON. */
function number(decimal: string | null): number | null {
  return decimal === null ? null : Number(decimal);
}

function mapValues<T, R>(map: Readonly<Record<string, T>>, change: (value: T) => R) {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}
