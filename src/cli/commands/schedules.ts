import { noteDone } from '../../admin/schedules.ts';
import { EXIT_USAGE } from '../../config/exit-codes.ts';
import { readSchedules, type Schedule } from '../../database/schedules.ts';
import { Exit } from '../exit.ts';
import { wantedSchedules } from '../wanted-schedules.ts';
import { byCommandLine, print, remark, withDatabase } from '../with-database.ts';

const DAY_SECONDS = 86_400;

/** `tender schedules list`: what is done by the clock, by whom, how often, and when it was. */
export async function listSchedulesCommand(): Promise<void> {
  await withDatabase('schedules', async (db, settings) => {
    const all = await readSchedules(db, wantedSchedules(settings));
    for (const schedule of all) print(asLine(schedule));
  });
}

/** `tender schedules done`: somebody has done what no worker does. */
export async function scheduleDoneCommand(name: string): Promise<void> {
  await withDatabase('schedules', async (db) => {
    if (await noteDone(db, name, byCommandLine())) return remark(`${name} is done.`);
    throw new Exit(
      EXIT_USAGE,
      `${name} is nothing that is done by hand: tender schedules list shows what is.`,
    );
  });
}

function asLine({ name, byHand, everySeconds, lastFinishedAt, isOff }: Schedule): string {
  const every =
    everySeconds < DAY_SECONDS ? `${everySeconds} s` : `${everySeconds / DAY_SECONDS} d`;
  return [
    name.padEnd(24),
    (byHand ? 'by hand' : 'worker').padEnd(8),
    (isOff ? 'off' : `every ${every}`).padEnd(14),
    lastFinishedAt === null ? 'never' : lastFinishedAt.toISOString(),
  ].join('  ');
}
