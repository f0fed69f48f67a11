import { within } from './within.ts';

/** What a check found. The detail goes to whoever asks without a key: no host names, no credentials. */
export type CheckResult = { ok: true; detail?: string } | { ok: false; detail: string };

export interface HealthCheck {
  /** Such as `database`. */
  name: string;
  /** Whether the process cannot serve without it. What is not required is reported and changes nothing. */
  required: boolean;
  /** May throw: that counts as not ok, and the error is logged and not shown. */
  check(): Promise<CheckResult>;
}

export interface HealthDependencies {
  checks: readonly HealthCheck[];
  /** Whether the process was told to stop: it takes no more traffic from a load balancer. */
  isDraining: () => boolean;
  /** Whether the process still does its work; a worker's loop that hangs wants a restart. */
  isAlive?: () => boolean;
  log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
  timeoutMs?: number;
  /** For how long a result serves further questions. */
  maxAgeMs?: number;
  now?: () => number;
}

export interface HealthReport {
  /** 200, or 503 where the answer is no. */
  status: 200 | 503;
  body: {
    status: 'ok' | 'hanging' | 'ready' | 'not_ready' | 'draining';
    checks?: Record<string, { status: 'ok' | 'failed'; required: boolean; detail?: string }>;
  };
}

export interface Health {
  /** Whether the process itself is well; asks nobody else, so that a database outage restarts nothing. */
  live(): HealthReport;
  /** Whether the process can serve: every required check passes, and it is not about to stop. Never rejects. */
  ready(): Promise<HealthReport>;
}

/**
 * Answers liveness and readiness probes.
 *
 * However often it is asked, each check runs at most once in `maxAgeMs`, one at a time, and none is waited for longer
 * than `timeoutMs`. A check's change from ok to failed and back is logged once.
 */
export function createHealth(dependencies: HealthDependencies): Health {
  const { isDraining, isAlive = () => true } = dependencies;
  const probes = dependencies.checks.map((check) => ({ check, ask: probe(check, dependencies) }));

  return {
    live: () =>
      isAlive()
        ? { status: 200, body: { status: 'ok' } }
        : { status: 503, body: { status: 'hanging' } },

    ready: async () => {
      const results = await Promise.all(
        probes.map(async ({ check, ask }) => ({ check, result: await ask() })),
      );
      const checks = Object.fromEntries(
        results.map(({ check: { name, required }, result }) => [
          name,
          {
            status: result.ok ? ('ok' as const) : ('failed' as const),
            required,
            ...(result.detail === undefined ? {} : { detail: result.detail }),
          },
        ]),
      );
      if (isDraining()) return { status: 503, body: { status: 'draining', checks } };
      const ready = results.every(({ check, result }) => result.ok || !check.required);
      return ready
        ? { status: 200, body: { status: 'ready', checks } }
        : { status: 503, body: { status: 'not_ready', checks } };
    },
  };
}

function probe(
  check: HealthCheck,
  { log, timeoutMs = 2_000, maxAgeMs = 1_000, now = () => performance.now() }: HealthDependencies,
): () => Promise<CheckResult> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let latest: Promise<CheckResult> = Promise.resolve({ ok: true });
  let wasOk = true;
  let underWay: Promise<CheckResult> | null = null;

  const tell = (result: CheckResult, err?: unknown): CheckResult => {
    const fields = { check: check.name, detail: result.detail, err };
    if (result.ok && !wasOk) log.info(fields, `health check ${check.name} passes again`);
    if (!result.ok && wasOk) log.warn(fields, `health check ${check.name} fails`);
    wasOk = result.ok;
    return result;
  };
  const ask = async (): Promise<CheckResult> => {
    try {
      // A check that hangs is not started again beside itself.
      underWay ??= check.check().finally(() => (underWay = null));
      return tell(await within(underWay, timeoutMs));
    } catch (err) {
      return tell({ ok: false, detail: 'unreachable' }, err);
    }
  };

  return () => {
    if (now() - askedAt >= maxAgeMs) {
      askedAt = now();
      latest = ask();
    }
    return latest;
  };
}
