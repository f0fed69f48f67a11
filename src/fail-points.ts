import { setTimeout as pause } from 'node:timers/promises';

/**
 * The steps of a payment, a refund, a webhook, a resolution and a reconciliation at which a test can kill or delay the process. Each is
 * the moment after something was done: `payment.intended` after the intention is committed, `payment.called` after the
 * gateway has answered and before the outcome is committed.
 */
export const FAIL_POINT_NAMES = [
  'payment.intended',
  'payment.called',
  'payment.committed',
  'refund.intended',
  'refund.called',
  'refund.committed',
  'webhook.stored',
  'webhook.signaled',
  'webhook.claimed',
  'webhook.applied',
  'attempt.claimed',
  'attempt.asked',
  'customer.made',
  'method.saved',
  'reconciliation.stepped',
] as const;

export type FailPointName = (typeof FAIL_POINT_NAMES)[number];

export interface FailPoints {
  /** Says that a step was reached. Returns a promise only where the process is to be delayed or killed there. */
  reach(name: FailPointName): Promise<void> | void;
}

/** What came of reading a specification. */
export type FailPointsParsed =
  | { kind: 'parsed'; failPoints: FailPoints }
  /** One sentence for everything that cannot be understood. */
  | { kind: 'invalid'; problems: string[] };

interface Step {
  name: FailPointName;
  /** What happens there; `null` kills the process as `kill -9` would. */
  pauseMs: number | null;
  /** Which visit is meant, from 1; `null` is each of them. */
  visit: number | null;
}

const GRAMMAR = /^([a-z.]+):(?:(kill)|pause=(\d{1,6}))(?:@([1-9]\d{0,5}))?$/;
const NO_FAIL_POINTS: FailPoints = Object.freeze({ reach: () => undefined });

/**
 * Reads what is to happen at which step.
 *
 * @param specs such as `payment.called:kill`, `payment.called:kill@3` (at the third visit), or
 *   `payment.intended:pause=5000` (milliseconds, at each visit); none in production, where reaching a step costs nothing
 */
export function createFailPoints(specs: readonly string[]): FailPointsParsed {
  if (specs.length === 0) return { kind: 'parsed', failPoints: NO_FAIL_POINTS };
  const steps = specs.map(parseStep);
  const problems = steps.filter((step) => typeof step === 'string');
  if (problems.length > 0) return { kind: 'invalid', problems };
  return {
    kind: 'parsed',
    failPoints: failingAt(steps.filter((step) => typeof step !== 'string')),
  };
}

function parseStep(spec: string): Step | string {
  const [, name = '', kill, pauseMs, visit] = GRAMMAR.exec(spec.trim()) ?? [];
  if (name === '') {
    return `"${spec}" is not a fail point: write name:kill, name:kill@3 or name:pause=5000.`;
  }
  if (!isFailPointName(name)) {
    return `There is no fail point ${name}: there are ${FAIL_POINT_NAMES.join(', ')}.`;
  }
  return {
    name,
    pauseMs: kill === undefined ? Number(pauseMs) : null,
    visit: visit === undefined ? null : Number(visit),
  };
}

function isFailPointName(name: string): name is FailPointName {
  return (FAIL_POINT_NAMES as readonly string[]).includes(name);
}

function failingAt(steps: readonly Step[]): FailPoints {
  const visits = new Map<FailPointName, number>();
  return {
    reach(name) {
      const visit = (visits.get(name) ?? 0) + 1;
      visits.set(name, visit);
      const due = steps.filter(
        (step) => step.name === name && (step.visit === null || step.visit === visit),
      );
      return due.length === 0 ? undefined : failNow(due);
    },
  };
}

async function failNow(due: readonly Step[]): Promise<void> {
  for (const step of due) {
    if (step.pauseMs === null) await killProcess();
    else await pause(step.pauseMs);
  }
}

/** As `kill -9`: no handler runs, nothing is flushed. It never returns, so that no further step is taken. */
function killProcess(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}
