import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { changeMaintenance } from '../../../admin/maintenance.ts';
import type { Polled } from '../../../admin/polled.ts';
import type { Database } from '../../../database/database.ts';
import { readMaintenance, type Maintenance } from '../../../database/maintenance.ts';
import { ANY_OPERATOR, OPERATIONS } from '../../../domain/access.ts';
import { sendJson } from '../../answers.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { changedBy } from '../../schemas/admin/gateway.ts';
import { timestamp } from '../../schemas/fields.ts';

const maintenanceBody = z.strictObject({
  enabled: z.boolean().describe('Whether money is to rest.'),
  reason: z.string().trim().min(1).max(500).optional(),
});

const maintenanceAnswer = z.object({
  object: z.literal('maintenance'),
  enabled: z
    .boolean()
    .describe('Whether money rests, by the word of an operator or of the settings.'),
  by_setting: z
    .boolean()
    .describe('Whether MAINTENANCE_MODE says so, which no operator can undo here.'),
  reason: z.string().nullable(),
  changed_at: timestamp.nullable(),
  changed_by: changedBy.nullable(),
});

/** Letting money rest without a restart. */
export function adminMaintenanceRoutes({
  db,
  polled,
  bySetting,
}: {
  db: Database;
  polled: Pick<Polled<Maintenance>, 'refresh'>;
  bySetting: boolean;
}): FastifyPluginAsyncZod {
  const present = ({ enabled, reason, changed }: Maintenance) => ({
    object: 'maintenance' as const,
    enabled: enabled || bySetting,
    by_setting: bySetting,
    reason,
    changed_at: changed?.at.toISOString() ?? null,
    changed_by: changed?.by ?? null,
  });
  return async (app) => {
    app.get(
      '/api/v1/admin/maintenance',
      {
        config: { access: { roles: ANY_OPERATOR } },
        schema: {
          operationId: 'getMaintenance',
          summary: 'See whether money rests',
          tags: ['administration'],
          response: { 200: maintenanceAnswer },
        },
      },
      async (_req, reply) => sendJson(reply, present(await readMaintenance(db))),
    );

    app.put(
      '/api/v1/admin/maintenance',
      {
        config: { access: { roles: OPERATIONS } },
        schema: {
          operationId: 'putMaintenance',
          summary: 'Let money rest everywhere within a second, or have it move again',
          tags: ['administration'],
          body: maintenanceBody,
          response: { 200: maintenanceAnswer },
        },
      },
      async (req, reply) => {
        const { enabled, reason = null } = req.body;
        const changed = await changeMaintenance(db, { enabled, reason }, auditContextOf(req));
        await polled.refresh();
        return sendJson(reply, present(changed));
      },
    );
  };
}
