import type { Settings } from '../config/settings.ts';

/** What the settings say of the schedules: which gateways there are, and whether they are compared by themselves. */
export function wantedSchedules({ gateways, reconciliation }: Settings): {
  gateways: string[];
  comparesByItself: boolean;
} {
  return { gateways: Object.keys(gateways), comparesByItself: reconciliation.cron !== null };
}
