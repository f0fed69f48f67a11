import { fail, pass, warn, type Check } from '../check.ts';

/** Far below the tolerance of signatures, far above what a network's delay explains. */
const NOTABLE_MS = 1_000;
const LARGE_MS = 30_000;

/** That this machine and the database agree what time it is. */
export const clockCheck: Check = {
  name: 'clock',
  asksDatabase: true,
  run: async ({ db }) => {
    const before = Date.now();
    const [row] = await db.run(
      'doctor_clock',
      (sql) => sql<[{ now: Date }]>`SELECT clock_timestamp() AS now`,
    );
    const after = Date.now();
    const theirs = row.now.getTime();
    const off = theirs < before ? before - theirs : Math.max(0, theirs - after);
    const detail = `The clocks of this machine and of the database are ${off} ms apart.`;
    const remedy = 'Have both follow a time server (chrony, systemd-timesyncd).';
    if (off > LARGE_MS) return [fail('clock', detail, remedy)];
    return [off > NOTABLE_MS ? warn('clock', detail, remedy) : pass('clock', detail)];
  },
};
