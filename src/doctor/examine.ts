import { accessCheck } from './checks/access.ts';
import { auditCheck } from './checks/audit.ts';
import { clockCheck } from './checks/clock.ts';
import { databaseCheck } from './checks/database.ts';
import { doorCheck } from './checks/door.ts';
import { gatewaysCheck } from './checks/gateways.ts';
import { metricsCheck } from './checks/metrics.ts';
import { privilegesCheck } from './checks/privileges.ts';
import { redisCheck } from './checks/redis.ts';
import { replicationCheck } from './checks/replication.ts';
import { settingsCheck } from './checks/settings.ts';
import { workCheck } from './checks/work.ts';
import { fail, type Check, type Finding, type Patient } from './check.ts';

/** In the order in which they are shown. Those of the database come first: the others ask it. */
const CHECKS: readonly Check[] = [
  settingsCheck,
  databaseCheck,
  replicationCheck,
  privilegesCheck,
  clockCheck,
  redisCheck,
  gatewaysCheck,
  accessCheck,
  doorCheck,
  metricsCheck,
  auditCheck,
  workCheck,
];

/**
 * Looks at everything, one thing after the other. What cannot be seen is a failure, and the rest is looked at all the
 * same, but for what only the database could tell while that cannot be reached.
 */
export async function examine(
  patient: Patient,
  { without = [] }: { without?: readonly string[] } = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let isReachable = true;
  for (const { name, asksDatabase = false, run } of CHECKS) {
    if (without.includes(name) || (asksDatabase && !isReachable)) continue;
    try {
      findings.push(...(await run(patient)));
    } catch (error) {
      if (name === databaseCheck.name) isReachable = false;
      const detail = error instanceof Error ? error.message : String(error);
      findings.push(
        fail(name, `It could not be looked at: ${detail}`, 'Mend what the message names.'),
      );
    }
  }
  return findings;
}
