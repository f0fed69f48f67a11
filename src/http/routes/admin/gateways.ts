import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { configureGateway, switchGateway } from '../../../admin/gateways.ts';
import type { GatewayStates } from '../../../admin/gateway-states.ts';
import { readGatewayStatus } from '../../../admin/gateway-status.ts';
import { findGatewayConfig } from '../../../database/gateway-settings.ts';
import { ADMINISTRATION, ANY_OPERATOR, OPERATIONS } from '../../../domain/access.ts';
import { describeUnknownGateway } from '../../../gateways/unknown-gateway.ts';
import type { PaymentDependencies } from '../../../payments/dependencies.ts';
import { sendJson } from '../../answers.ts';
import { etagOf, ifMatch } from '../../etag.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import {
  configPatchOf,
  presentGatewayConfig,
  presentGatewayStatus,
  presentSwitch,
} from '../../present-gateway.ts';
import { problem } from '../../problem.ts';
import {
  gatewayConfigAnswer,
  gatewayConfigBody,
  gatewayStatusAnswer,
  gatewaySwitchAnswer,
  switchGatewayBody,
} from '../../schemas/admin/gateway.ts';

const READ = { access: { roles: ANY_OPERATOR } };
const gatewayPath = z.object({ gateway: z.string().min(1).max(40) });

/** Which gateways take payments and on which terms, and how they are doing. */
export function adminGatewayRoutes({
  db,
  gateways,
  knownGateways,
  states,
}: Pick<PaymentDependencies, 'db' | 'gateways' | 'knownGateways'> & {
  states: Pick<GatewayStates, 'refresh'>;
}): FastifyPluginAsyncZod {
  const unknown = (gateway: string) =>
    problem('gateway_not_found', {
      detail: describeUnknownGateway(gateway, knownGateways),
    });

  return async (app) => {
    app.get(
      '/api/v1/admin/gateways/status',
      {
        config: READ,
        schema: {
          operationId: 'getGatewayStatus',
          summary: 'See how every gateway is doing, over all processes',
          tags: ['administration'],
          response: { 200: gatewayStatusAnswer },
        },
      },
      async (_req, reply) => {
        const all = await readGatewayStatus(db, knownGateways, (name) => gateways.has(name));
        return sendJson(reply, { object: 'list', data: all.map(presentGatewayStatus) });
      },
    );

    app.get(
      '/api/v1/admin/gateways/:gateway/config',
      {
        config: READ,
        schema: {
          operationId: 'getGatewayConfig',
          summary: 'Read the settings of a gateway',
          tags: ['administration'],
          params: gatewayPath,
          response: { 200: gatewayConfigAnswer },
        },
      },
      async ({ params: { gateway } }, reply) => {
        if (!knownGateways.includes(gateway)) return sendProblem(reply, unknown(gateway));
        const current = await db.run('gateway_config_find', (sql) =>
          findGatewayConfig(sql, gateway),
        );
        reply.header('etag', etagOf(current?.version ?? 0));
        return sendJson(reply, presentGatewayConfig(gateway, current));
      },
    );

    app.put(
      '/api/v1/admin/gateways/:gateway/config',
      {
        config: { access: { roles: ADMINISTRATION } },
        schema: {
          operationId: 'putGatewayConfig',
          summary: 'Change settings of a gateway from now on; what is left out stays as it is',
          tags: ['administration'],
          params: gatewayPath,
          headers: z.object({ 'if-match': z.string().max(200).optional() }),
          body: gatewayConfigBody,
          response: { 200: gatewayConfigAnswer },
        },
      },
      async (req, reply) => {
        const { gateway } = req.params;
        if (!knownGateways.includes(gateway)) return sendProblem(reply, unknown(gateway));
        const charged = gateways.get(gateway)?.currencies;
        const foreign = req.body.currencies?.find((each) => charged?.includes(each) === false);
        if (foreign !== undefined) {
          const detail = `${gateway} does not charge in ${foreign}.`;
          return sendProblem(
            reply,
            problem('currency_not_supported', { detail, param: 'currencies' }),
          );
        }
        const outcome = await configureGateway(
          db,
          gateway,
          configPatchOf(req.body),
          ifMatch(req.headers['if-match']),
          auditContextOf(req),
        );
        switch (outcome.kind) {
          case 'configured':
            await states.refresh();
            reply.header('etag', etagOf(outcome.current?.version ?? 0));
            return sendJson(reply, presentGatewayConfig(gateway, outcome.current));
          case 'stale':
            return sendProblem(
              reply.header('etag', etagOf(outcome.version)),
              problem('precondition_failed', {
                detail: `The settings have version ${outcome.version} by now. Read them again, then decide.`,
              }),
            );
          case 'impossible':
            return sendProblem(
              reply,
              problem('invalid_request', { detail: outcome.detail, param: outcome.param }),
            );
        }
      },
    );

    for (const enabled of [true, false]) {
      const verb = enabled ? 'enable' : 'disable';
      app.post(
        `/api/v1/admin/gateways/:gateway/${verb}`,
        {
          config: { access: { roles: OPERATIONS } },
          schema: {
            operationId: `${verb}Gateway`,
            summary: enabled
              ? 'Let a gateway take new payments, within a second everywhere'
              : 'Keep new payments from a gateway, within a second everywhere; what was begun goes on',
            tags: ['administration'],
            params: gatewayPath,
            body: switchGatewayBody,
            response: { 200: gatewaySwitchAnswer },
          },
        },
        async (req, reply) => {
          const { gateway } = req.params;
          if (!knownGateways.includes(gateway)) return sendProblem(reply, unknown(gateway));
          const wish = { enabled, reason: req.body.reason ?? null };
          const by = auditContextOf(req);
          const switched = await switchGateway(db, [...gateways.keys()], gateway, wish, by);
          await states.refresh();
          return sendJson(reply, {
            object: 'gateway_switch',
            gateway,
            ...presentSwitch(switched.state),
            warnings: warningsOf(gateway, enabled, gateways.has(gateway), switched.enabled),
          });
        },
      );
    }
  };
}

function warningsOf(
  gateway: string,
  enabled: boolean,
  isConfigured: boolean,
  taking: readonly string[],
): string[] {
  const warnings: string[] = [];
  if (enabled && !isConfigured) {
    warnings.push(
      `${gateway} takes no payments all the same: its credentials are missing or incomplete. The start of the log says which.`,
    );
  }
  if (taking.length === 0) {
    warnings.push('No gateway takes new payments now: each is refused until you enable one.');
  }
  return warnings;
}
