import { verifyAudit } from '../../admin/verify-audit.ts';
import { readUnsealed } from '../../database/audit.ts';
import { readDeployment } from '../../database/deployment.ts';
import { fail, pass, type Check } from '../check.ts';

/** Workers seal once a second. */
const LATE_SECONDS = 60;

/** That the audit log is sealed, and is what was sealed. */
export const auditCheck: Check = {
  name: 'audit',
  asksDatabase: true,
  run: async ({ db, settings }) => {
    const key = settings.audit.key?.reveal();
    if (key === undefined) {
      return [
        fail(
          'audit.key',
          'TENDER_AUDIT_KEY is not set: whoever can write to the database can alter the audit log.',
          'Make one with openssl rand -base64 32, keep it, and give it to the workers.',
        ),
      ];
    }
    const unsealed = await readUnsealed(db);
    const { id: deploymentId } = await readDeployment(db);
    const verification = await verifyAudit(db, { key, deploymentId });
    const [first] = verification.findings;
    return [
      unsealed.oldestAgeSeconds > LATE_SECONDS
        ? fail(
            'audit.sealed',
            `${unsealed.count} entries are not sealed, the oldest for ${Math.round(unsealed.oldestAgeSeconds)} seconds.`,
            'Start a worker that has TENDER_AUDIT_KEY.',
          )
        : pass('audit.sealed', 'Entries are sealed as they come.'),
      first
        ? fail(
            'audit.chain',
            `The audit log is not as it was written: entry ${first.from}, and perhaps more.`,
            'Run tender verify audit, and find out who had access to the database.',
          )
        : pass('audit.chain', `${verification.entries} entries, all as they were written.`),
    ];
  },
};
