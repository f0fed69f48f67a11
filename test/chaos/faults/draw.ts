import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';
import {
  gatewayFails,
  gatewaysSlow,
  gatewaysUnreadable,
  refundAnswersLost,
  webhooksLate,
  webhooksOdd,
} from './gateways.ts';
import { databaseCutOff, linkBroken } from './links.ts';
import {
  clockOff,
  killed,
  killedAtAttempt,
  killedAtInbox,
  killedAtStep,
  rollingRestart,
} from './processes.ts';
import { postgresDown, redisForgets, redisKilled } from './services.ts';

type Draw = (random: Random, timing: Pick<Fault, 'atMs' | 'lastsMs'>) => Fault;

/** Every kind of fault, the heavier the more of a schedule it may take. */
export const FAULT_KINDS = {
  'gateway-fails': gatewayFails,
  'refund-answers-lost': refundAnswersLost,
  'gateways-slow': gatewaysSlow,
  'gateways-unreadable': gatewaysUnreadable,
  'webhooks-odd': webhooksOdd,
  'webhooks-late': webhooksLate,
  'link-broken': linkBroken,
  'database-cut-off': databaseCutOff,
  'killed-at-step': killedAtStep,
  'killed-at-inbox': killedAtInbox,
  'killed-at-attempt': killedAtAttempt,
  killed,
  'postgres-down': postgresDown,
  'redis-forgets': redisForgets,
  'redis-killed': redisKilled,
  'clock-off': clockOff,
  'rolling-restart': rollingRestart,
} as const satisfies Record<string, Draw>;

export type FaultKind = keyof typeof FAULT_KINDS;

export interface DrawnFault extends Fault {
  kind: FaultKind;
}

const WEIGHTS: readonly (readonly [number, FaultKind])[] = [
  [8, 'gateway-fails'],
  [2, 'refund-answers-lost'],
  [1, 'gateways-slow'],
  [1, 'gateways-unreadable'],
  [4, 'webhooks-odd'],
  [1, 'webhooks-late'],
  [5, 'link-broken'],
  [4, 'killed-at-step'],
  [1, 'killed-at-inbox'],
  [1, 'killed-at-attempt'],
  [2, 'killed'],
  [2, 'postgres-down'],
  [1, 'redis-forgets'],
  [1, 'redis-killed'],
  [1, 'clock-off'],
  [1, 'rolling-restart'],
];

/** The kinds that occur without being wanted. */
export const USUAL_KINDS: readonly FaultKind[] = WEIGHTS.map(([, kind]) => kind);

const HEAVY: readonly FaultKind[] = ['rolling-restart', 'postgres-down'];

/** How often each fault that is wanted occurs. */
const TIMES = 4;

/**
 * Draws what goes wrong in a schedule, and when.
 *
 * @param windowMs in which the faults begin
 * @param wanted the kinds that are to occur, several times each, and no others; none for all of them
 */
export function drawFaults(
  random: Random,
  windowMs: number,
  wanted: readonly FaultKind[],
): DrawnFault[] {
  const kinds: FaultKind[] =
    wanted.length === 0
      ? Array.from({ length: random.between(4, 8) }, () => random.weighted(WEIGHTS))
      : wanted.flatMap((kind) => Array.from({ length: TIMES }, () => kind));
  // Two of the heaviest at once would leave a schedule with nothing but starting processes.
  const heavy = kinds.filter((kind) => HEAVY.includes(kind));
  const all = kinds.filter((kind) => !heavy.slice(1).includes(kind));
  return all
    .map((kind) => {
      const atMs = random.between(0, windowMs);
      const lastsMs = random.between(300, 2_500);
      return { kind, ...FAULT_KINDS[kind](random, { atMs, lastsMs }) };
    })
    .sort((one, other) => one.atMs - other.atMs);
}
