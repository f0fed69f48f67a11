import type { Settings } from '../config/settings.ts';
import { longestGapMs } from '../reconciliation/schedule.ts';

/** What the settings say of the schedules: which gateways there are, and how often they are compared by themselves. */
export function wantedSchedules({ gateways, reconciliation: { cron } }: Settings): {
  gateways: string[];
  comparedEverySeconds: number | null;
} {
  const gapMs = cron === null ? null : longestGapMs(cron, new Date());
  return {
    gateways: Object.keys(gateways),
    comparedEverySeconds: gapMs === null ? null : gapMs / 1_000,
  };
}
