import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { GATEWAY_NAMES } from './world/names.ts';
import type { World } from './world/world.ts';

/** How long the system has to come to rest once nothing fails any more, in milliseconds. */
const BOUND_MS = 20_000;
/** How long it is waited for where the machine was too busy to let it, unless somebody says otherwise. */
const PATIENCE_MS = 240_000;
/** How long nothing at all may be due while something is open, in milliseconds, before nobody is expected to come. */
const FORSAKEN_MS = 4_000;
/** A machine that rests for this share of its time is not what everybody waits for. */
const IDLE_SHARE = 0.25;

export interface Settled {
  tookMs: number;
  /** Whether it was in time, or the machine is to blame. */
  inTime: boolean;
  /** What was still open at the end. */
  open: string[];
}

/**
 * Waits until nothing is due or under way.
 *
 * @param busy what the application still waits for
 * @param patienceMs how long it is waited for on a busy machine, in milliseconds
 */
export async function settle(
  world: World,
  busy: () => string[],
  patienceMs = PATIENCE_MS,
): Promise<Settled> {
  const startedAt = performance.now();
  const before = cpuTimes();
  let quiet = 0;
  let dueAt = startedAt;
  for (;;) {
    const { work, isAnyDue } = await look(world);
    const open = [...busy(), ...work];
    if (isAnyDue) dueAt = performance.now();
    const tookMs = Math.round(performance.now() - startedAt);
    // Twice in a row, as something may be between two places at the moment of looking.
    quiet = open.length === 0 ? quiet + 1 : 0;
    if (quiet === 2) return { tookMs, inTime: tookMs <= BOUND_MS || wasBusy(before), open: [] };
    if (performance.now() - dueAt > FORSAKEN_MS && work.length > 0) {
      return { tookMs, inTime: false, open };
    }
    const isOver = tookMs > BOUND_MS && (!wasBusy(before) || tookMs > patienceMs);
    if (isOver) return { tookMs, inTime: false, open };
    await delay(quiet === 1 ? 50 : 150);
  }
}

async function look({
  postgres,
  sandboxes,
}: World): Promise<{ work: string[]; isAnyDue: boolean }> {
  const reports = await Promise.all(GATEWAY_NAMES.map((name) => sandboxes.webhooks(name)));
  const undelivered = reports.reduce((sum, { pending, held }) => sum + pending + held, 0);
  const [row]: Record<string, number>[] = await postgres
    .query<Record<string, number>>(
      `
      SELECT (SELECT count(*) FROM (
               SELECT due_at FROM webhook_receipts UNION ALL SELECT due_at FROM payment_attempts
                UNION ALL SELECT due_at FROM refunds UNION ALL SELECT due_at FROM payments) AS every (due_at)
               WHERE due_at < now() + interval '1 minute')::int AS due,
             (SELECT count(*) FROM webhook_receipts WHERE due_at IS NOT NULL)::int AS "webhooks in the inbox",
             (SELECT count(*) FROM payment_attempts WHERE outcome IS NULL OR outcome = 'unknown')::int AS "open attempts",
             (SELECT count(*) FROM payments WHERE awaits_completion OR lease_until > now())::int AS "payments to look at",
             (SELECT (SELECT count(*) FROM audit_log) - (SELECT count(*) FROM audit_seals))::int AS "audit entries to seal",
             (SELECT count(*) FROM refunds
               WHERE unknown OR (status = 'pending' AND gateway_refund_id IS NULL))::int AS "open refunds"`,
    )
    .catch(() => [{ due: 1, 'databases that do not answer': 1 }]);
  const { due = 0, ...counts }: Record<string, number> = {
    ...row,
    'webhooks to deliver': undelivered,
  };
  const work = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);
  const unsealed = counts['audit entries to seal'] ?? 0;
  return { work, isAnyDue: due > 0 || undelivered > 0 || unsealed > 0 };
}

function cpuTimes(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, each) => sum + each.idle, 0);
  const total = times.reduce(
    (sum, { user, nice, sys, idle: rest, irq }) => sum + user + nice + sys + rest + irq,
    0,
  );
  return { idle, total };
}

function wasBusy(before: { idle: number; total: number }): boolean {
  const now = cpuTimes();
  const total = now.total - before.total;
  return total > 0 && (now.idle - before.idle) / total < IDLE_SHARE;
}
