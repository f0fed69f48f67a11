import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { ANY_OPERATOR } from '../../domain/access.ts';
import type { Gateway } from '../../gateways/gateway.ts';
import type { PaymentDependencies } from '../../payments/dependencies.ts';
import { sendJson } from '../answers.ts';
import { gatewayListAnswer } from '../schemas/gateway.ts';

/** Reads are for keys with the scope and for every operator. */
const READ = { scope: 'payments:read', roles: ANY_OPERATOR } as const;

/** What a checkout page has to know of the gateways; its server asks, with an API key like everybody. */
export function gatewayRoutes({
  gateways,
  knownGateways,
}: Pick<PaymentDependencies, 'gateways' | 'knownGateways'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/gateways',
      {
        config: { access: READ },
        schema: {
          operationId: 'listGateways',
          summary: 'List the gateways, with what a checkout page needs to tokenise there',
          tags: ['gateways'],
          response: { 200: gatewayListAnswer },
        },
      },
      async (_request, reply) => {
        const data = knownGateways.map((name) => presentGateway(name, gateways.get(name)));
        return sendJson(reply, { object: 'list', data });
      },
    );
  };
}

function presentGateway(name: string, gateway: Gateway | undefined) {
  const capabilities = gateway?.capabilities;
  return {
    name,
    object: 'gateway' as const,
    enabled: gateway !== undefined,
    currencies: [...(gateway?.currencies ?? [])].sort(),
    publishable_key: gateway?.publishableKey ?? null,
    checkout_keys: gateway?.checkoutKeys ?? {},
    capabilities: capabilities
      ? {
          partial_capture: capabilities.partialCapture,
          partial_refund: capabilities.partialRefund,
          saved_methods: capabilities.savedMethods,
          redirect: capabilities.redirect,
        }
      : null,
  };
}
