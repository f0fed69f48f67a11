import { FAIL_POINT_NAMES } from '../../../src/fail-points.ts';
import type { Random } from '../random.ts';
import { PROCESS_NAMES } from '../world/names.ts';
import type { Oddity, Service } from '../world/service.ts';
import { last, type Fault } from './fault.ts';

type Timing = Pick<Fault, 'atMs' | 'lastsMs'>;

/** The process is gone at once and comes back. */
export function killed(random: Random, timing: Timing): Fault {
  const name = random.pick(PROCESS_NAMES);
  return {
    ...timing,
    title: `kill -9 of ${name}`,
    async strike({ services }, over) {
      await services[name].kill();
      await last(timing.lastsMs, over);
      await services[name].start();
    },
  };
}

/** The steps that are worth dying at in each kind of process, and how often they are reached. */
const STEPS: Record<'api' | 'worker', readonly string[]> = {
  api: FAIL_POINT_NAMES.filter((name) =>
    /^(payment|refund)\.|^webhook\.(stored|signaled)$/.test(name),
  ),
  worker: FAIL_POINT_NAMES.filter((name) => /^attempt\.|^webhook\.(claimed|applied)$/.test(name)),
};

/** The process dies at a named step, or stands still there for longer than its lease. */
export function killedAtStep(random: Random, timing: Timing): Fault {
  const name = random.pick(PROCESS_NAMES);
  const step = random.pick(STEPS[name.startsWith('api') ? 'api' : 'worker']);
  const what = random.chance(0.75) ? 'kill' : 'pause=4500';
  const failPoints = `${step}:${what}@${random.between(1, 4)}`;
  return {
    ...timing,
    title: `${failPoints} in ${name}`,
    strike: ({ services }, over) =>
      oddFor(services[name], { failPoints }, timing.lastsMs + 3_000, over),
  };
}

/** A worker dies with a webhook in its hands. */
export function killedAtInbox(random: Random, timing: Timing): Fault {
  return workerDies(['webhook.claimed', 'webhook.applied'], random, timing);
}

/** A worker dies while it finds out what became of a call. */
export function killedAtAttempt(random: Random, timing: Timing): Fault {
  return workerDies(['attempt.claimed', 'attempt.asked'], random, timing);
}

function workerDies(steps: readonly string[], random: Random, timing: Timing): Fault {
  const name = random.pick(['worker-1', 'worker-2'] as const);
  const failPoints = `${random.pick(steps)}:kill@${random.between(1, 3)}`;
  return {
    ...timing,
    title: `${failPoints} in ${name}`,
    strike: ({ services }, over) =>
      oddFor(services[name], { failPoints }, timing.lastsMs + 3_000, over),
  };
}

/** Its clock is ten minutes off. */
export function clockOff(random: Random, timing: Timing): Fault {
  const name = random.pick(PROCESS_NAMES);
  const clockOffsetSeconds = random.pick([-600, 600]);
  return {
    ...timing,
    title: `clock of ${name} off by ${clockOffsetSeconds} s`,
    strike: ({ services }, over) =>
      oddFor(services[name], { clockOffsetSeconds }, timing.lastsMs + 3_000, over),
  };
}

/** Every process is replaced, one after the other, as a rollout does. */
export function rollingRestart(_random: Random, timing: Timing): Fault {
  return {
    ...timing,
    title: 'rolling restart',
    async strike({ services }, over) {
      for (const name of PROCESS_NAMES) {
        if (over.aborted) return;
        await services[name].stop();
        await services[name].start();
        await Promise.race([services[name].ready().catch(() => undefined), last(10_000, over)]);
      }
    },
  };
}

/** Restarts a process so that it is odd, and once more when it has died of it or the time is over. */
async function oddFor(
  service: Service,
  oddity: Oddity,
  atMostMs: number,
  over: AbortSignal,
): Promise<void> {
  await service.kill();
  await service.start(oddity);
  await service.died(atMostMs, over);
  await service.kill();
  await service.start();
}
