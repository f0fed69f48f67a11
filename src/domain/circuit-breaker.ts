/**
 * Keeps new payments away from a gateway that is in trouble, and lets it be tried after a while to see whether it is well
 * again. What was begun there is not its business: captures, cancels, refunds and questions always go through.
 */
export interface Breaker {
  state: 'closed' | 'open' | 'half_open';
  /** Calls in a row that went wrong while closed, or went well while half open. */
  streak: number;
  /** When it opened last, and how often in a row without having been closed in between. */
  openedAt: Date | null;
  openings: number;
  /** When the next probe may go; `null` while closed. */
  probeAt: Date | null;
}

export const CLOSED: Breaker = {
  state: 'closed',
  streak: 0,
  openedAt: null,
  openings: 0,
  probeAt: null,
};

/** How many calls in a row have to go wrong, unless it is said otherwise. */
export const FAILURES_TO_OPEN = 5;
/** How many probes in a row have to go well. */
export const SUCCESSES_TO_CLOSE = 2;
/** From its opening to the first probe; twice as long after each further opening in a row. */
export const FIRST_PAUSE_MS = 5_000;
/** With this the traffic is back within a minute after the gateway is. */
export const LONGEST_PAUSE_MS = 20_000;
/** How long one probe keeps others away, should nobody ever hear what became of it. */
export const PROBE_MS = 2_000;

/** How a call went, as far as it tells of the gateway's health. */
export type CallHealth = 'healthy' | 'in_trouble';

/**
 * The breaker after a call.
 *
 * @param failuresToOpen how many calls in a row have to go wrong
 */
export function afterCall(
  breaker: Breaker,
  health: CallHealth,
  now: Date,
  failuresToOpen = FAILURES_TO_OPEN,
): Breaker {
  switch (breaker.state) {
    case 'closed': {
      if (health === 'healthy') return breaker.streak === 0 ? breaker : { ...breaker, streak: 0 };
      const streak = breaker.streak + 1;
      return streak < failuresToOpen ? { ...breaker, streak } : opened(breaker, now);
    }
    case 'open':
      // Calls that were under way when it opened, or that are always let through: a good one is worth a probe now.
      return health === 'healthy'
        ? { ...breaker, state: 'half_open', streak: 1, probeAt: now }
        : breaker;
    case 'half_open': {
      if (health === 'in_trouble') return opened(breaker, now);
      const streak = breaker.streak + 1;
      return streak < SUCCESSES_TO_CLOSE ? { ...breaker, streak, probeAt: now } : CLOSED;
    }
  }
}

/**
 * Whether the gateway may be tried.
 *
 * @returns the breaker as it is to be kept where it may, as a probe or because nothing is wrong; `null` where it may not
 */
export function admit(breaker: Breaker, now: Date): Breaker | null {
  if (breaker.state === 'closed') return breaker;
  if (breaker.probeAt !== null && now < breaker.probeAt) return null;
  return {
    ...breaker,
    state: 'half_open',
    streak: breaker.state === 'half_open' ? breaker.streak : 0,
    probeAt: new Date(now.getTime() + PROBE_MS),
  };
}

/** The breaker from the moment on at which the gateway is left alone. */
export function opened(breaker: Breaker, now: Date): Breaker {
  const openings = breaker.openings + 1;
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (openings - 1), LONGEST_PAUSE_MS);
  return {
    state: 'open',
    streak: 0,
    openedAt: breaker.state === 'closed' ? now : breaker.openedAt,
    openings,
    probeAt: new Date(now.getTime() + pauseMs),
  };
}
