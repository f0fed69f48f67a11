import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Polled } from '../../../admin/polled.ts';
import { changeRoutingPolicy } from '../../../admin/routing.ts';
import { readRoutingPolicy, type StoredRoutingPolicy } from '../../../database/routing.ts';
import { ADMINISTRATION, ANY_OPERATOR } from '../../../domain/access.ts';
import { describeUnknownGateway } from '../../../gateways/unknown-gateway.ts';
import { chooseGateway } from '../../../payments/choose-gateway.ts';
import type { PaymentDependencies } from '../../../payments/dependencies.ts';
import { presentRouting } from '../../../payments/present.ts';
import { sendJson } from '../../answers.ts';
import { etagOf, ifMatch } from '../../etag.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import { gatewaysIn, presentRoutingPolicy, routingPolicyOf } from '../../present-routing.ts';
import { problem } from '../../problem.ts';
import {
  routingPolicyAnswer,
  routingPolicyBody,
  simulateBody,
  simulationAnswer,
} from '../../schemas/admin/routing.ts';

type Dependencies = Pick<
  PaymentDependencies,
  | 'db'
  | 'gateways'
  | 'knownGateways'
  | 'amountLimits'
  | 'gatewayStates'
  | 'routingPolicy'
  | 'mayTryGateway'
  | 'bulkhead'
> & { polled: Pick<Polled<StoredRoutingPolicy>, 'refresh'> };

/** Where payments go that name no gateway. */
export function adminRoutingRoutes(deps: Dependencies): FastifyPluginAsyncZod {
  const { db, knownGateways, polled } = deps;
  const tags = ['administration'];
  return async (app) => {
    app.get(
      '/api/v1/admin/routing',
      {
        config: { access: { roles: ANY_OPERATOR } },
        schema: {
          operationId: 'getRouting',
          summary: 'See where payments go',
          tags,
          response: { 200: routingPolicyAnswer },
        },
      },
      async (_req, reply) => {
        const current = await readRoutingPolicy(db);
        reply.header('etag', etagOf(current.version));
        return sendJson(reply, presentRoutingPolicy(current));
      },
    );

    app.put(
      '/api/v1/admin/routing',
      {
        config: { access: { roles: ADMINISTRATION } },
        schema: {
          operationId: 'putRouting',
          summary: 'Have payments go another way, everywhere within a second',
          tags,
          headers: z.object({ 'if-match': z.string().max(200).optional() }),
          body: routingPolicyBody,
          response: { 200: routingPolicyAnswer },
        },
      },
      async (req, reply) => {
        const policy = routingPolicyOf(req.body);
        const unknown = gatewaysIn(policy).find((name) => !knownGateways.includes(name));
        if (unknown !== undefined) {
          const detail = describeUnknownGateway(unknown, knownGateways);
          return sendProblem(reply, problem('gateway_unknown', { detail, param: 'gateways' }));
        }
        const isExpected = ifMatch(req.headers['if-match']);
        const changed = await changeRoutingPolicy(db, policy, isExpected, auditContextOf(req));
        if (changed.kind === 'stale') {
          return sendProblem(
            reply.header('etag', etagOf(changed.version)),
            problem('precondition_failed', {
              detail: `The policy has version ${changed.version} by now. Read it again, then decide.`,
            }),
          );
        }
        await polled.refresh();
        reply.header('etag', etagOf(changed.current.version));
        return sendJson(reply, presentRoutingPolicy(changed.current));
      },
    );

    app.post(
      '/api/v1/admin/routing/simulate',
      {
        config: { access: { roles: ANY_OPERATOR } },
        schema: {
          operationId: 'simulateRouting',
          summary: 'See where a payment would go now and why; nothing is charged or written',
          tags,
          body: simulateBody,
          response: { 200: simulationAnswer },
        },
      },
      async (req, reply) => {
        const { body } = req;
        const tried = body.policy && routingPolicyOf(body.policy);
        const choice = await chooseGateway(
          tried ? { ...deps, routingPolicy: async () => ({ policy: tried, version: 0 }) } : deps,
          await deps.gatewayStates(),
          {
            amount: BigInt(body.amount),
            currency: body.currency,
            requested: body.gateway ?? null,
            keeper: null,
            paymentMethod: null,
            paymentMethods: null,
            methodType: body.payment_method_type ?? null,
            savePaymentMethod: body.save_payment_method,
            lot: body.lot,
            tried: new Map(),
          },
        );
        const routing = choice.routing && presentRouting(choice.routing);
        const refusal =
          choice.kind === 'chosen' ? null : { code: choice.code, detail: choice.detail };
        return sendJson(reply, {
          object: 'routing_simulation',
          gateway: choice.kind === 'chosen' ? choice.gateway.name : null,
          refusal,
          decided_by: routing?.decided_by ?? null,
          strategy: routing?.strategy ?? null,
          rule: routing?.rule ?? null,
          policy_version: tried ? null : (routing?.policy_version ?? null),
          considered: routing?.considered ?? [],
        });
      },
    );
  };
}
