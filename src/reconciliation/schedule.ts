import { Cron } from 'croner';
import { BY_ITSELF } from '../admin/change.ts';
import type { Database } from '../database/database.ts';
import { readDeployment } from '../database/deployment.ts';
import { lastScheduledEnd } from '../database/reconciliation-runs.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { requestRun } from './request-run.ts';

const DAY_MS = 86_400_000;
/** Without an earlier run this is where the first one begins, and no run goes back further than `MOST_DAYS`. */
const FIRST_DAYS = 7;
const MOST_DAYS = 31;
/** So many times of a pattern hold each gap that it has, such as that of a weekend or of a long month. */
const TIMES = 60;

export interface ScheduleOptions {
  db: Database;
  gateways: ReadonlyMap<string, Gateway>;
  /** A pattern of five fields, in UTC; `null` where nothing is compared by itself. */
  cron: string | null;
  now: Date;
}

/**
 * Begins what the pattern says that it was time for, once for each gateway and time, however many workers ask and
 * however often. What was missed because nobody ran is begun late, and only the last of it; what it was time for before
 * this deployment began had nothing to compare.
 */
export async function beginScheduledRuns({
  db,
  gateways,
  cron,
  now,
}: ScheduleOptions): Promise<void> {
  if (cron === null) return;
  const scheduledFor = latestTime(cron, now);
  if (scheduledFor === null || scheduledFor < (await readDeployment(db)).createdAt) return;
  for (const gateway of gateways.values()) {
    if (gateway.capabilities.settlementRecords === 'none') continue;
    const end = await db.run('reconciliation_last', (sql) => lastScheduledEnd(sql, gateway.name));
    const period = scheduledPeriod(scheduledFor, end);
    if (period === null) continue;
    await requestRun(db, { gateway: gateway.name, ...period, scheduledFor }, BY_ITSELF);
  }
}

/** When the pattern was met last, at or before `now`; `null` where it never was. */
export function latestTime(cron: string, now: Date): Date | null {
  const [latest] = inUtc(cron).previousRuns(1, new Date(now.getTime() + 1_000));
  return latest ?? null;
}

/** How long it is from one time of the pattern to the next at the most, in milliseconds; `null` where it is never met. */
export function longestGapMs(cron: string, now: Date): number | null {
  const times = inUtc(cron).nextRuns(TIMES, now);
  if (times.length < 2) return null;
  return Math.max(...times.slice(1).map((time, index) => time.getTime() - times[index]!.getTime()));
}

/** By its offset: to look the time zone up by its name takes a process 25 ms more at its start. */
function inUtc(cron: string): Cron {
  return new Cron(cron, { utcOffset: 0, mode: '5-part', paused: true });
}

/**
 * Whole days in UTC, which have no daylight saving: from the end of the run before to the day of this one.
 *
 * @returns `null` where that is less than a day
 */
export function scheduledPeriod(
  scheduledFor: Date,
  lastEnd: Date | null,
): { from: Date; to: Date } | null {
  const to = new Date(Math.floor(scheduledFor.getTime() / DAY_MS) * DAY_MS);
  const first = lastEnd?.getTime() ?? to.getTime() - FIRST_DAYS * DAY_MS;
  const from = new Date(Math.max(first, to.getTime() - MOST_DAYS * DAY_MS));
  return from < to ? { from, to } : null;
}
