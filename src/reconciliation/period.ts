const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

export type Period =
  | { kind: 'period'; from: Date; to: Date }
  | { kind: 'invalid'; param: 'from' | 'to'; detail: string };

/**
 * Reads a period of whole days in UTC, both ends included, such as `2026-11-01` to `2026-11-30`; today counts up to now.
 * Days are those of UTC, so that a switch to or from daylight saving makes none longer or shorter.
 */
export function readPeriod(from: string, to: string, now: Date): Period {
  const [start, last] = [readDay(from), readDay(to)];
  if (start === null) return invalid('from', `${from} is no day: write it as 2026-11-30.`);
  if (last === null) return invalid('to', `${to} is no day: write it as 2026-11-30.`);
  if (last < start) return invalid('to', `${to} is before ${from}: exchange the two.`);
  if (start.getTime() > now.getTime()) {
    return invalid('from', `${from} is in the future: nothing has moved then.`);
  }
  if (last.getTime() > now.getTime()) {
    return invalid('to', `${to} is in the future: end with a day that has begun.`);
  }
  if (last.getTime() - start.getTime() >= MOST_DAYS * DAY_MS) {
    return invalid('to', `A period has ${MOST_DAYS} days at most: ask for several.`);
  }
  const end = new Date(Math.min(last.getTime() + DAY_MS, now.getTime()));
  return { kind: 'period', from: start, to: end };
}

function readDay(text: string): Date | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isFinite(day.getTime()) && day.toISOString().startsWith(text) ? day : null;
}

function invalid(param: 'from' | 'to', detail: string): Period {
  return { kind: 'invalid', param, detail };
}
