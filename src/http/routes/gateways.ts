import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { ANY_OPERATOR } from '../../domain/access.ts';
import type { GatewayState } from '../../domain/gateway-config.ts';
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
  gatewayStates,
}: Pick<
  PaymentDependencies,
  'gateways' | 'knownGateways' | 'gatewayStates'
>): FastifyPluginAsyncZod {
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
        const stateOf = await gatewayStates();
        const data = knownGateways.map((name) =>
          presentGateway(name, gateways.get(name), stateOf(name)),
        );
        return sendJson(reply, { object: 'list', data });
      },
    );
  };
}

function presentGateway(
  name: string,
  gateway: Gateway | undefined,
  { enabled, config }: GatewayState,
) {
  const capabilities = gateway?.capabilities;
  const charged = gateway?.currencies ?? [];
  const currencies = charged.filter((each) => config.currencies?.includes(each) ?? true);
  return {
    name,
    object: 'gateway' as const,
    display_name: config.displayName,
    enabled: enabled && gateway !== undefined,
    currencies: currencies.sort(),
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
