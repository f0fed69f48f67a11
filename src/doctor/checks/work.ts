import { readInbox } from '../../database/readings.ts';
import { countUnknownOutcomes } from '../../database/unknown-outcomes.ts';
import { pass, warn, type Check } from '../check.ts';

const DAY_SECONDS = 86_400;
const LATE_SECONDS = 300;

/** That nothing waits for somebody, and that this is no maintenance. */
export const workCheck: Check = {
  name: 'work',
  asksDatabase: true,
  run: async ({ db, settings }) => {
    const [inbox, unknown] = await Promise.all([readInbox(db), countUnknownOutcomes(db)]);
    const given = inbox.dead + inbox.orphaned;
    return [
      settings.maintenanceMode
        ? warn('work.maintenance', 'MAINTENANCE_MODE is on: no payment is taken.', 'Take it away.')
        : pass('work.maintenance', 'Payments are taken.'),
      inbox.oldestAgeSeconds > LATE_SECONDS
        ? warn(
            'work.webhooks',
            `${inbox.depth} webhooks wait, the oldest for ${Math.round(inbox.oldestAgeSeconds)} seconds.`,
            'See docs/runbooks/webhooks.md: are workers running?',
          )
        : given > 0
          ? warn(
              'work.webhooks',
              `${inbox.dead} webhooks were given up, ${inbox.orphaned} found no payment.`,
              'See docs/runbooks/webhooks.md, and replay them.',
            )
          : pass('work.webhooks', 'No webhook waits for long or was given up.'),
      unknown.some(({ oldestAgeSeconds }) => oldestAgeSeconds > DAY_SECONDS)
        ? warn(
            'work.unknown_outcomes',
            'A gateway has not told for a day whether money moved.',
            'See docs/runbooks/UnknownOutcomesTooOld.md: GET /api/v1/admin/unknown-outcomes says which calls.',
          )
        : pass('work.unknown_outcomes', 'No call is without an outcome for long.'),
    ];
  },
};
