import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../world/world.ts';

/** Something that goes wrong while customers buy. What it breaks is mended by it, or at the latest by `World.heal`. */
export interface Fault {
  /** What it is, such as `kill -9 of api-1`. */
  title: string;
  /** When it begins, and for how long it lasts, in milliseconds. */
  atMs: number;
  lastsMs: number;
  /** @param over when the faults of the schedule end */
  strike(world: World, over: AbortSignal): Promise<void>;
}

/** Waits; a fault that is over does not wait any longer. */
export async function last(ms: number, over: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: over }).catch(() => undefined);
}
