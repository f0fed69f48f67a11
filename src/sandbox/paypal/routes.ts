import { z } from 'zod';
import type { Work } from './account.ts';
import {
  captureAuthorization,
  reauthorize,
  retrieveAuthorization,
  voidAuthorization,
} from './authorizations.ts';
import { retrieveCapture } from './captures.ts';
import { confirmOrder, patchOrder } from './change-order.ts';
import { authorizeOrder, captureOrder } from './complete-order.ts';
import {
  acceptClaim,
  acceptClaimParameters,
  listDisputes,
  listDisputesParameters,
  retrieveDispute,
} from './disputes.ts';
import type { Result } from './errors.ts';
import {
  completeOrderParameters,
  confirmOrderParameters,
  createOrderParameters,
  patchOrderParameters,
} from './order-parameters.ts';
import { createOrder, retrieveOrder } from './orders.ts';
import { readParameters } from './parameters.ts';
import {
  captureParameters,
  reauthorizeParameters,
  refundParameters,
} from './payment-parameters.ts';
import {
  createPaymentToken,
  createPaymentTokenParameters,
  deletePaymentToken,
  listPaymentTokens,
  listPaymentTokensParameters,
  retrievePaymentToken,
} from './payment-tokens.ts';
import { refundCapture, retrieveRefund } from './refunds.ts';
import {
  createSetupToken,
  createSetupTokenParameters,
  retrieveSetupToken,
} from './setup-tokens.ts';
import { verifierOf, verifySignatureParameters } from './signature.ts';
import type { Signer } from './signature.ts';
import { searchTransactions, searchTransactionsParameters } from './transactions.ts';

/** Which of PayPal's APIs a call belongs to: each keeps request ids for a time of its own. */
export type Family = 'orders' | 'payments' | 'vault' | 'none';

/** One call of the API: it reads its parameters first, and gives what is left to do. */
export type Route = {
  name: string;
  family: Family;
  /** The status of a success, and of one that is told again; 204 stands for a missing body. */
  status: number;
  replayStatus: number;
  read: (sent: unknown, id: string) => Result<(work: Work) => Result<object | null>>;
};

/** Every call of the API by its method and path, in which `:id` stands for one segment. */
export type Routes = ReadonlyMap<string, Route>;

const nothing = z.unknown();
const noBody = z.strictObject({}).optional();
const retrieveOrderParameters = z.strictObject({
  fields: z
    .string()
    .regex(/^[a-z_]*$/)
    .optional(),
});

/** Builds the calls; what webhooks are signed with is asked for late. */
export function createRoutes(signer: () => Signer): Routes {
  const routes = [
    // A request that is repeated finds its order made: 200 instead of 201.
    route('POST /v2/checkout/orders', 'orders', createOrderParameters, createOrder, 201, 200),
    route('GET /v2/checkout/orders/:id', 'none', retrieveOrderParameters, retrieveOrder),
    route('PATCH /v2/checkout/orders/:id', 'none', patchOrderParameters, patchOrder),
    route(
      'POST /v2/checkout/orders/:id/confirm-payment-source',
      'orders',
      confirmOrderParameters,
      confirmOrder,
    ),
    route(
      'POST /v2/checkout/orders/:id/authorize',
      'orders',
      completeOrderParameters,
      authorizeOrder,
      201,
      200,
    ),
    route(
      'POST /v2/checkout/orders/:id/capture',
      'orders',
      completeOrderParameters,
      captureOrder,
      201,
      200,
    ),
    route('GET /v2/payments/authorizations/:id', 'none', nothing, retrieveAuthorization),
    route(
      'POST /v2/payments/authorizations/:id/capture',
      'payments',
      captureParameters,
      captureAuthorization,
      201,
    ),
    route(
      'POST /v2/payments/authorizations/:id/reauthorize',
      'payments',
      reauthorizeParameters,
      reauthorize,
      201,
    ),
    route('POST /v2/payments/authorizations/:id/void', 'payments', noBody, voidAuthorization),
    route('GET /v2/payments/captures/:id', 'none', nothing, retrieveCapture),
    route(
      'POST /v2/payments/captures/:id/refund',
      'payments',
      refundParameters,
      refundCapture,
      201,
    ),
    route('GET /v2/payments/refunds/:id', 'none', nothing, retrieveRefund),
    route(
      'POST /v3/vault/setup-tokens',
      'vault',
      createSetupTokenParameters,
      createSetupToken,
      201,
      200,
    ),
    route('GET /v3/vault/setup-tokens/:id', 'none', nothing, retrieveSetupToken),
    route(
      'POST /v3/vault/payment-tokens',
      'vault',
      createPaymentTokenParameters,
      createPaymentToken,
      201,
      200,
    ),
    route('GET /v3/vault/payment-tokens', 'none', listPaymentTokensParameters, listPaymentTokens),
    route('GET /v3/vault/payment-tokens/:id', 'none', nothing, retrievePaymentToken),
    route('DELETE /v3/vault/payment-tokens/:id', 'none', nothing, deletePaymentToken),
    route(
      'GET /v1/reporting/transactions',
      'none',
      searchTransactionsParameters,
      searchTransactions,
    ),
    route('GET /v1/customer/disputes', 'none', listDisputesParameters, listDisputes),
    route('GET /v1/customer/disputes/:id', 'none', nothing, retrieveDispute),
    route(
      'POST /v1/customer/disputes/:id/accept-claim',
      'none',
      acceptClaimParameters,
      acceptClaim,
    ),
    route(
      'POST /v1/notifications/verify-webhook-signature',
      'none',
      verifySignatureParameters,
      verifierOf(signer),
    ),
  ];
  return new Map(routes.map((one) => [one.name, one]));
}

/** The name of every call, as `POST /v2/checkout/orders/:id/capture`. */
export function routeNames(): string[] {
  const unsigned = (): Signer => {
    throw new Error('Nothing is signed here.');
  };
  return [...createRoutes(unsigned).keys()];
}

/** Finds the call that a method and path stand for, and the id in the path. */
export function findRoute(
  routes: Routes,
  method: string,
  path: string,
): { route: Route; id: string } | undefined {
  const [, version, area, resource, id = '', ...rest] = path.split('/');
  const name = `${method} /${version}/${area}/${resource}`;
  if (path.split('/').length === 4) return found(routes, name, '');
  return id === '' ? undefined : found(routes, [name, ':id', ...rest].join('/'), id);
}

function found(routes: Routes, name: string, id: string) {
  const route = routes.get(name);
  return route && { route, id };
}

function route<T extends z.ZodType>(
  name: string,
  family: Family,
  schema: T,
  run: (work: Work, sent: z.output<T>, id: string) => Result<object | null>,
  status = 200,
  replayStatus = status,
): Route {
  const location = name.startsWith('GET') ? 'query' : 'body';
  return {
    name,
    family,
    status,
    replayStatus,
    read(sent, id) {
      const parameters = readParameters(schema, sent, location);
      if (!parameters.ok) return parameters;
      return { ok: true, value: (work) => run(work, parameters.value, id) };
    },
  };
}
