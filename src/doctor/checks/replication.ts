import { fail, pass, warn, type Check } from '../check.ts';

/** That what was committed is on a disk, and on a second machine's before it counts as committed. */
export const replicationCheck: Check = {
  name: 'database.durability',
  asksDatabase: true,
  run: async ({ db }) => {
    const about = 'database.durability';
    const [row] = await db.run(
      'doctor_durability',
      (sql) => sql<[{ commit: string; standbys: string; fsync: string; pages: string }]>`
        SELECT current_setting('synchronous_commit') AS commit,
               current_setting('synchronous_standby_names') AS standbys,
               current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages`,
    );
    const off = Object.entries({ fsync: row.fsync, full_page_writes: row.pages }).filter(
      ([, value]) => value === 'off',
    );
    if (row.commit === 'off') off.push(['synchronous_commit', 'off']);
    if (off.length > 0) {
      const names = off.map(([name]) => name).join(' and ');
      return [
        fail(
          about,
          `${names} is off: what was acknowledged may be lost in a crash.`,
          'Switch it on, for the server, the database and the role.',
        ),
      ];
    }
    if (row.standbys === '' || row.commit === 'local') {
      return [
        warn(
          about,
          'No standby has to confirm a commit: with the disk of this server the last payments would be lost.',
          'Add a standby and name it in synchronous_standby_names, unless the storage itself is replicated.',
        ),
      ];
    }
    return [pass(about, `Commits wait for a standby: ${row.standbys}.`)];
  },
};
