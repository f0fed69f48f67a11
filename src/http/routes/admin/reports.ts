import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Database } from '../../../database/database.ts';
import { readReport } from '../../../database/reports.ts';
import { ANY_OPERATOR } from '../../../domain/access.ts';
import { readPeriod } from '../../../reconciliation/period.ts';
import { csvLine } from '../../../reports/csv.ts';
import { SUMMARY_COLUMNS, summaryLine } from '../../../reports/summary.ts';
import { sendJson } from '../../answers.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { problem } from '../../problem.ts';
import { reportAnswer, reportQuery } from '../../schemas/admin/report.ts';

const READ = { access: { roles: ANY_OPERATOR } };
const UNITS = { daily: 'day', monthly: 'month' } as const;

/** What was taken, given back and kept, by the day or the month. */
export function adminReportRoutes({
  db,
  clock,
}: {
  db: Database;
  clock: () => Date;
}): FastifyPluginAsyncZod {
  return async (app) => {
    for (const [name, unit] of Object.entries(UNITS)) {
      app.get(
        `/api/v1/admin/reports/${name}`,
        {
          config: READ,
          schema: {
            operationId: `get${name === 'daily' ? 'Daily' : 'Monthly'}Report`,
            summary: `What was taken by gateway, currency and method, by the ${unit}; JSON or CSV`,
            tags: ['administration'],
            querystring: reportQuery,
            response: { 200: reportAnswer },
          },
        },
        async ({ query }, reply) => {
          const period = readPeriod(query.from, query.to, clock());
          if (period.kind === 'invalid') {
            const { param, detail } = period;
            return sendProblem(reply, problem('parameter_invalid', { param, detail }));
          }
          const { from, to } = period;
          const { gateway, currency, format } = query;
          const rows = await readReport(db, { unit, from, to, gateway, currency });
          const lines = rows.map(summaryLine);
          if (format === 'json') return sendJson(reply, { object: 'report', data: lines });
          const text = [
            csvLine(SUMMARY_COLUMNS),
            ...lines.map((line) => csvLine(SUMMARY_COLUMNS.map((column) => line[column]))),
          ].join('');
          // Its type is that of the JSON, as published.
          return (reply as FastifyReply)
            .header('content-type', 'text/csv; charset=utf-8')
            .header('content-disposition', `attachment; filename="payments-${name}.csv"`)
            .send(text);
        },
      );
    }
  };
}
