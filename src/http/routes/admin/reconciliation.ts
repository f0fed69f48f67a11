import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import {
  closeDifference,
  describeDifference,
  type DifferenceChanged,
} from '../../../admin/differences.ts';
import type { Database } from '../../../database/database.ts';
import {
  findItem,
  listItems,
  type ReconciliationItem,
} from '../../../database/reconciliation-items.ts';
import {
  findRun,
  listRuns,
  type ReconciliationRun,
} from '../../../database/reconciliation-runs.ts';
import { ANY_OPERATOR, FINANCE } from '../../../domain/access.ts';
import type { Gateway } from '../../../gateways/gateway.ts';
import { describeUnknownGateway } from '../../../gateways/unknown-gateway.ts';
import { readPeriod } from '../../../reconciliation/period.ts';
import { requestRun } from '../../../reconciliation/request-run.ts';
import { sendJson } from '../../answers.ts';
import { decodeCursor, decodeNumber, page, timePlace } from '../../cursor.ts';
import { optionalTime } from '../../optional-time.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { presentDifference, presentRun } from '../../present-reconciliation.ts';
import { problem } from '../../problem.ts';
import {
  closeBody,
  describeBody,
  differenceAnswer,
  differenceDetailAnswer,
  differenceListQuery,
  differencePath,
  runAnswer,
  runBody,
  runListQuery,
  runPath,
} from '../../schemas/admin/reconciliation.ts';
import { pageOf } from '../../schemas/fields.ts';

const READ = { access: { roles: ANY_OPERATOR } };
const CHANGE = { access: { roles: FINANCE } };
const RUNS = '/api/v1/admin/reconciliation/runs';
const DIFFERENCES = '/api/v1/admin/reconciliation/differences';
const tags = ['administration'];

/** Comparing with the gateways' own records, and seeing to what differs. */
export function adminReconciliationRoutes({
  db,
  gateways,
  clock,
}: {
  db: Database;
  gateways: ReadonlyMap<string, Gateway>;
  clock: () => Date;
}): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      RUNS,
      {
        config: CHANGE,
        schema: {
          operationId: 'beginReconciliation',
          summary: "Compare a period with the gateway's own records; a worker does it",
          tags,
          body: runBody,
          response: { 202: runAnswer },
        },
      },
      async (req, reply) => {
        const { gateway: name, from, to } = req.body;
        const gateway = gateways.get(name);
        if (gateway === undefined) {
          const detail = describeUnknownGateway(name, [...gateways.keys()]);
          return sendProblem(reply, problem('gateway_not_found', { detail }));
        }
        if (gateway.capabilities.settlementRecords === 'none') {
          return sendProblem(reply, problem('settlement_not_supported'));
        }
        const period = readPeriod(from, to, clock());
        if (period.kind === 'invalid') {
          const { param, detail } = period;
          return sendProblem(reply, problem('parameter_invalid', { param, detail }));
        }
        const asked = await requestRun(
          db,
          { gateway: name, from: period.from, to: period.to },
          auditContextOf(req),
        );
        if (asked.kind === 'busy' || asked.kind === 'done') {
          return sendProblem(reply, problem('reconciliation_running'));
        }
        return sendJson(reply.code(202), presentRun(asked.run));
      },
    );

    app.get(
      RUNS,
      {
        config: READ,
        schema: {
          operationId: 'listReconciliations',
          summary: 'List the comparisons, the newest first',
          tags,
          querystring: runListQuery,
          response: { 200: pageOf(runAnswer) },
        },
      },
      async ({ query }, reply) => {
        const after = decodeCursor(query.cursor, timePlace);
        const runs = await listRuns(db, { gateway: query.gateway, after }, query.limit + 1);
        const placeOf = ({ createdAt, id }: ReconciliationRun) => ({ createdAt, id });
        return sendJson(reply, page(runs, query.limit, presentRun, placeOf));
      },
    );

    app.get(
      `${RUNS}/:id`,
      {
        config: READ,
        schema: {
          operationId: 'getReconciliation',
          summary: 'Read a comparison: how far it is, or what it came to',
          tags,
          params: runPath,
          response: { 200: runAnswer },
        },
      },
      async ({ params }, reply) => {
        const run = await findRun(db, params.id);
        if (run === null) return sendProblem(reply, problem('reconciliation_not_found'));
        return sendJson(reply, presentRun(run));
      },
    );

    app.get(
      DIFFERENCES,
      {
        config: READ,
        schema: {
          operationId: 'listDifferences',
          summary: "List what differs between Tender and the gateways' records, the newest first",
          tags,
          querystring: differenceListQuery,
          response: { 200: pageOf(differenceAnswer) },
        },
      },
      async ({ query }, reply) => {
        const filter = {
          gateway: query.gateway,
          state: query.state,
          status: query.status,
          paymentId: query.payment_id,
          from: optionalTime(query.occurred_from),
          before: optionalTime(query.occurred_before),
        };
        const after = decodeNumber(query.cursor);
        const items = await listItems(db, filter, { after, limit: query.limit + 1 });
        const placeOf = ({ id }: ReconciliationItem) => ({ id: id.toString() });
        return sendJson(reply, page(items, query.limit, presentDifference, placeOf));
      },
    );

    const sendItem = async (reply: FastifyReply, id: bigint) => {
      const found = await findItem(db, id);
      if (found === null) return sendProblem(reply, problem('difference_not_found'));
      return sendJson(reply, { ...presentDifference(found.item), record: found.record });
    };
    const sendChanged = (reply: FastifyReply, id: bigint, changed: DifferenceChanged) =>
      changed.kind === 'changed'
        ? sendItem(reply, id)
        : sendProblem(reply, problem(WHY_NOT[changed.kind]));

    app.get(
      `${DIFFERENCES}/:id`,
      {
        config: READ,
        schema: {
          operationId: 'getDifference',
          summary: "Read a movement with both sides and the gateway's record as it came",
          tags,
          params: differencePath,
          response: { 200: differenceDetailAnswer },
        },
      },
      ({ params }, reply) => sendItem(reply, params.id),
    );

    app.patch(
      `${DIFFERENCES}/:id`,
      {
        config: CHANGE,
        schema: {
          operationId: 'describeDifference',
          summary: 'Say who sees to a difference, or what it is about',
          tags,
          params: differencePath,
          body: describeBody,
          response: { 200: differenceDetailAnswer },
        },
      },
      async (req, reply) => {
        const { assigned_to: assignedTo, explanation } = req.body;
        const { id } = req.params;
        const what = { assignedTo, explanation };
        return sendChanged(reply, id, await describeDifference(db, id, what, auditContextOf(req)));
      },
    );

    app.post(
      `${DIFFERENCES}/:id/close`,
      {
        config: CHANGE,
        schema: {
          operationId: 'closeDifference',
          summary: 'Close a difference for a reason; it opens again should its sides change',
          tags,
          params: differencePath,
          body: closeBody,
          response: { 200: differenceDetailAnswer },
        },
      },
      async (req, reply) => {
        const { id } = req.params;
        const closed = await closeDifference(db, id, req.body.reason, auditContextOf(req));
        return sendChanged(reply, id, closed);
      },
    );
  };
}

const WHY_NOT = {
  unknown: 'difference_not_found',
  matched: 'difference_matched',
  closed: 'difference_closed',
} as const;
