import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { WebhookRejection } from '../../gateways/gateway.ts';
import {
  receiveWebhook,
  UNKNOWN_GATEWAY,
  type ReceiveDependencies,
} from '../../webhooks/inbound/receive.ts';
import { sendJson } from '../answers.ts';
import { acceptRawBodies } from '../plugins/json-body.ts';
import { answerError, sendProblem } from '../plugins/problems.ts';
import { problem } from '../problem.ts';
import type { ProblemCode } from '../problem-catalogue.ts';

/** Gateways send small bodies; this is far above any of them. */
const MAX_BODY_BYTES = 1_048_576;

const CODES: Readonly<Record<WebhookRejection, ProblemCode>> = {
  signature_missing: 'webhook_signature_missing',
  signature_malformed: 'webhook_signature_invalid',
  signature_mismatch: 'webhook_signature_invalid',
  timestamp_too_old: 'webhook_timestamp_out_of_tolerance',
  timestamp_in_future: 'webhook_timestamp_out_of_tolerance',
  body_empty: 'webhook_body_invalid',
  body_malformed: 'webhook_body_invalid',
  certificate_untrusted: 'webhook_certificate_untrusted',
  verification_unavailable: 'webhook_verification_unavailable',
};

/** Where gateways send their webhooks. The signature is the authentication, so the body is kept as it comes. */
export function webhookRoutes(deps: ReceiveDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    acceptRawBodies(app, MAX_BODY_BYTES);
    app.post(
      '/api/v1/payments/webhook/:gateway',
      {
        config: { public: true, unlimited: true },
        bodyLimit: MAX_BODY_BYTES,
        errorHandler: (error, req, reply) => {
          countTooLarge(deps, error, req.params.gateway);
          answerError(error, req, reply);
        },
        schema: {
          operationId: 'receiveWebhook',
          summary: 'Take in a webhook of a gateway',
          tags: ['webhooks'],
          security: [],
          params: z.object({ gateway: z.string().min(1).max(40) }),
          response: { 200: z.object({ received: z.literal(true) }) },
        },
      },
      async (req, reply) => {
        const rawBody = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
        const received = await receiveWebhook(deps, {
          gateway: req.params.gateway,
          headers: req.headers,
          rawBody,
          requestId: req.id,
        });
        switch (received.kind) {
          case 'accepted':
            return sendJson(reply, { received: true });
          case 'gateway_unknown':
            return sendProblem(reply, problem('webhook_gateway_unknown'));
          case 'rejected':
            return sendProblem(reply, problem(CODES[received.reason], { detail: received.detail }));
        }
      },
    );
  };
}

/** A body is too large before it is read to its end, so before anybody verifies it. */
function countTooLarge(
  { gateways, observer }: ReceiveDependencies,
  error: { code?: string },
  name: string,
): void {
  if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return;
  const gateway = gateways.has(name) ? name : UNKNOWN_GATEWAY;
  observer.rejected({ gateway, reason: 'body_too_large' });
}
