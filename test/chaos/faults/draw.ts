import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';
import { gatewayFails, refundAnswersLost, webhooksOdd } from './gateways.ts';
import { linkBroken } from './links.ts';
import { clockOff, killed, killedAtStep, rollingRestart } from './processes.ts';
import { postgresDown, redisForgets, redisKilled } from './services.ts';

type Draw = (random: Random, timing: Pick<Fault, 'atMs' | 'lastsMs'>) => Fault;

/** Every kind of fault, the heavier the more of a schedule it may take. */
export const FAULT_KINDS = {
  'gateway-fails': gatewayFails,
  'refund-answers-lost': refundAnswersLost,
  'webhooks-odd': webhooksOdd,
  'link-broken': linkBroken,
  'killed-at-step': killedAtStep,
  killed,
  'postgres-down': postgresDown,
  'redis-forgets': redisForgets,
  'redis-killed': redisKilled,
  'clock-off': clockOff,
  'rolling-restart': rollingRestart,
} as const satisfies Record<string, Draw>;

export type FaultKind = keyof typeof FAULT_KINDS;

const WEIGHTS: readonly (readonly [number, FaultKind])[] = [
  [8, 'gateway-fails'],
  [2, 'refund-answers-lost'],
  [4, 'webhooks-odd'],
  [5, 'link-broken'],
  [4, 'killed-at-step'],
  [2, 'killed'],
  [2, 'postgres-down'],
  [1, 'redis-forgets'],
  [1, 'redis-killed'],
  [1, 'clock-off'],
  [1, 'rolling-restart'],
];

const HEAVY: readonly FaultKind[] = ['rolling-restart', 'postgres-down'];

/** How often a fault that is wanted occurs. */
const TIMES = 4;

/**
 * Draws what goes wrong in a schedule, and when.
 *
 * @param windowMs in which the faults begin
 * @param wanted the one kind that is to occur, several times, and no other
 */
export function drawFaults(random: Random, windowMs: number, wanted?: FaultKind): Fault[] {
  const kinds: FaultKind[] =
    wanted === undefined
      ? Array.from({ length: random.between(4, 8) }, () => random.weighted(WEIGHTS))
      : Array.from({ length: HEAVY.includes(wanted) ? 1 : TIMES }, () => wanted);
  // Two of the heaviest at once would leave a schedule with nothing but starting processes.
  const heavy = kinds.filter((kind) => HEAVY.includes(kind));
  const all = kinds.filter((kind) => !heavy.slice(1).includes(kind));
  return all
    .map((kind) =>
      FAULT_KINDS[kind](random, {
        atMs: random.between(0, windowMs),
        lastsMs: random.between(300, 2_500),
      }),
    )
    .sort((one, other) => one.atMs - other.atMs);
}
