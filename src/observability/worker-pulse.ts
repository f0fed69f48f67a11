/** Tells whether a worker's loop still turns. */
export interface WorkerPulse {
  /** Called by the loop on every turn, an idle one too. */
  beat(): void;
  /** Whether the last turn is recent; true from the beginning, so that a start is not taken for a hang. */
  isAlive(): boolean;
}

/** @param maxSilenceMs longer than the longest turn: the longest wait for work and the longest task together */
export function createWorkerPulse(
  maxSilenceMs: number,
  now: () => number = () => performance.now(),
): WorkerPulse {
  let lastBeat = now();
  return {
    beat: () => {
      lastBeat = now();
    },
    isAlive: () => now() - lastBeat <= maxSilenceMs,
  };
}
