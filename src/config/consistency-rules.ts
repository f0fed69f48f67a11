import type { Finding, Given, Rule } from './rule.ts';

/** Rules that hold in every environment: values that contradict each other. */
export const consistencyRules: readonly Rule[] = [
  leaseOutlastsGatewayCall,
  portsDiffer,
  databaseUrlStandsFirst,
  stripeKeysAreOfOneMode,
  redisHasOneTopology,
];

/** With less, a second worker would take over a call that is still running. */
function leaseOutlastsGatewayCall({ values }: Given): Finding[] {
  const leaseMs = values.PAYMENT_LEASE_SECONDS;
  const timeoutMs = values.PAYMENT_GATEWAY_TIMEOUT_SECONDS;
  if (leaseMs === undefined || timeoutMs === undefined) return [];
  const shortestMs = shortestLeaseMs(timeoutMs);
  if (leaseMs >= shortestMs) return [];
  const problem =
    `is ${leaseMs / 1000} seconds, but a gateway call may take ${timeoutMs / 1000} ` +
    `(PAYMENT_GATEWAY_TIMEOUT_SECONDS), so it must be at least ${shortestMs / 1000}: ` +
    'a shorter lease lets two workers do the same work';
  return [{ variable: 'PAYMENT_LEASE_SECONDS', problem }];
}

/** The gateway timeout and a margin of two seconds or a tenth of it, whichever is longer, in milliseconds. */
export function shortestLeaseMs(timeoutMs: number): number {
  return Math.ceil(timeoutMs + Math.max(2_000, timeoutMs / 10));
}

/** `worker` has the port of the metrics alone, so only the commands with both are asked. */
function portsDiffer({ command, values }: Given): Finding[] {
  const { PAYMENT_PORT: port, PAYMENT_PROMETHEUS_PORT: metricsPort } = values;
  const listensOnBoth = command === 'api' || command === 'start';
  if (!listensOnBoth || !values.PAYMENT_PROMETHEUS_ENABLED) return [];
  if (port === undefined || port === 0 || port !== metricsPort) return [];
  return [
    { variable: 'PAYMENT_PROMETHEUS_PORT', problem: `is the same port as PAYMENT_PORT, ${port}` },
  ];
}

/** The other URLs name further ways to the same database; without the first they would silently be left aside. */
function databaseUrlStandsFirst({ origins }: Given): Finding[] {
  if (origins.has('DATABASE_URL')) return [];
  return (['DATABASE_DIRECT_URL', 'DATABASE_MIGRATION_URL'] as const)
    .filter((variable) => origins.has(variable))
    .map((variable) => ({ variable, problem: 'is set although DATABASE_URL is not' }));
}

/** A card that a browser tokenised in one mode does not exist in the other. */
function stripeKeysAreOfOneMode({ values }: Given): Finding[] {
  const secretKey = values.STRIPE_SECRET_KEY?.reveal();
  const publishableKey = values.STRIPE_PUBLISHABLE_KEY;
  if (secretKey === undefined || publishableKey === undefined) return [];
  const [secretMode, publishableMode] = [secretKey, publishableKey].map((key) => key.split('_')[1]);
  if (secretMode === publishableMode) return [];
  const problem = `is a ${publishableMode} key while STRIPE_SECRET_KEY is a ${secretMode} key`;
  return [{ variable: 'STRIPE_PUBLISHABLE_KEY', problem }];
}

/** Sentinels watch over one primary; a cluster has several and watches over itself. */
function redisHasOneTopology({ values, origins }: Given): Finding[] {
  const withSentinels = origins.has('PAYMENT_REDIS_SENTINELS');
  if (withSentinels && values.PAYMENT_REDIS_CLUSTER === true) {
    return [
      {
        variable: 'PAYMENT_REDIS_SENTINELS',
        problem: 'is set although PAYMENT_REDIS_CLUSTER is true',
      },
    ];
  }
  if (origins.has('PAYMENT_REDIS_URL')) return [];
  return withSentinels
    ? [{ variable: 'PAYMENT_REDIS_SENTINELS', problem: 'is set although PAYMENT_REDIS_URL is not' }]
    : [];
}
