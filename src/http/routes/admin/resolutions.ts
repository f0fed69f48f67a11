import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { decidePayment } from '../../../admin/decide-payment.ts';
import { decideRefund } from '../../../admin/decide-refund.ts';
import type { StoredDecision } from '../../../database/decisions.ts';
import { FINANCE } from '../../../domain/access.ts';
import type { PaymentDependencies } from '../../../payments/dependencies.ts';
import { presentRefund } from '../../../payments/present.ts';
import { rejectionProblem, sendJson, showPayment } from '../../answers.ts';
import { auditContextOf } from '../../plugins/audit-context.ts';
import { sendProblem } from '../../plugins/problems.ts';
import {
  paymentResolutionAnswer,
  refundResolutionAnswer,
  resolvePaymentBody,
  resolveRefundBody,
} from '../../schemas/admin/resolution.ts';

const DECIDE = { access: { roles: FINANCE } };
const idPath = z.object({ id: z.string().min(1).max(100) });

/** Deciding what no gateway tells: whether money moved. */
export function adminResolutionRoutes(deps: PaymentDependencies): FastifyPluginAsyncZod {
  const publishableKey = (gateway: string) => deps.gateways.get(gateway)?.publishableKey ?? null;
  return async (app) => {
    app.post(
      '/api/v1/admin/payments/:id/resolve',
      {
        config: DECIDE,
        schema: {
          operationId: 'resolvePayment',
          summary: 'Decide whether a payment was charged, where its gateway can no longer tell',
          tags: ['administration'],
          params: idPath,
          body: resolvePaymentBody,
          response: { 200: paymentResolutionAnswer },
        },
      },
      async (req, reply) => {
        const { decision, evidence, reason } = req.body;
        const gatewayId = evidence.gateway_payment_id ?? null;
        const verdict = { decision, gatewayId, note: evidence.note, reason };
        const decided = await decidePayment(deps, req.params.id, verdict, auditContextOf(req));
        if (decided.kind === 'rejected') return sendProblem(reply, rejectionProblem(decided));
        return sendJson(reply, {
          object: 'payment_resolution',
          ...presentDecision(decided.decision),
          evidence: { gateway_payment_id: decided.decision.gatewayId, note: decided.decision.note },
          payment: showPayment(decided.payment, publishableKey),
        });
      },
    );

    app.post(
      '/api/v1/admin/refunds/:id/resolve',
      {
        config: DECIDE,
        schema: {
          operationId: 'resolveRefund',
          summary: 'Decide whether a refund was made, where its gateway can no longer tell',
          tags: ['administration'],
          params: idPath,
          body: resolveRefundBody,
          response: { 200: refundResolutionAnswer },
        },
      },
      async (req, reply) => {
        const { decision, evidence, reason } = req.body;
        const gatewayId = evidence.gateway_refund_id ?? null;
        const verdict = { decision, gatewayId, note: evidence.note, reason };
        const decided = await decideRefund(deps, req.params.id, verdict, auditContextOf(req));
        if (decided.kind === 'rejected') return sendProblem(reply, rejectionProblem(decided));
        return sendJson(reply, {
          object: 'refund_resolution',
          ...presentDecision(decided.decision),
          evidence: { gateway_refund_id: decided.decision.gatewayId, note: decided.decision.note },
          refund: presentRefund(decided.refund),
        });
      },
    );
  };
}

function presentDecision(decision: StoredDecision) {
  return {
    id: decision.id,
    decision: decision.decision,
    verified: decision.verified,
    reason: decision.reason,
    decided_at: decision.decidedAt.toISOString(),
    decided_by: { id: decision.decidedBy, name: decision.decidedByName },
  };
}
