/** The sandbox's own time: it never runs backwards, and it can be moved forward by hand. */
export type SandboxClock = {
  /** Milliseconds since the epoch, every advance included. */
  nowMs: () => number;
  /** Whole seconds since the epoch, every advance included. */
  nowSeconds: () => number;
  /**
   * The source's own time, without the advances. Webhooks are signed with it: a receiver holds
   * them against its own clock, which nobody advanced.
   */
  sourceMs: () => number;
  advance: (seconds: number) => void;
};

/** Builds a clock over `source`; two calls may give the same instant, never an earlier one. */
export function createClock(source: () => Date): SandboxClock {
  let advancedMs = 0;
  let latestMs = 0;
  const nowMs = (): number => {
    latestMs = Math.max(latestMs, source().getTime() + advancedMs);
    return latestMs;
  };
  return {
    nowMs,
    nowSeconds: () => Math.floor(nowMs() / 1000),
    sourceMs: () => source().getTime(),
    advance(seconds) {
      advancedMs += seconds * 1000;
    },
  };
}
