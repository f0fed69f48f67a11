import type { z } from 'zod';
import type { Work } from './account.ts';
import {
  createCustomer,
  createCustomerParameters,
  deleteCustomer,
  listCustomers,
  listCustomersParameters,
  retrieveCustomer,
  updateCustomer,
} from './customers.ts';
import { listDisputes, listDisputesParameters } from './disputes.ts';
import {
  attachMethod,
  attachParameters,
  detachMethod,
  listMethodsOf,
  listMethodsParameters,
} from './keep-methods.ts';
import { createSetup, createSetupParameters, retrieveSetup } from './setup-intents.ts';
import { cancelIntent, captureIntent, updateIntent } from './change-intent.ts';
import { confirmIntent } from './confirm-intent.ts';
import { createIntent } from './create-intent.ts';
import type { Result } from './errors.ts';
import type { FormFields } from './form.ts';
import {
  cancelIntentParameters,
  captureIntentParameters,
  confirmIntentParameters,
  createIntentParameters,
  retrieveIntentParameters,
  updateIntentParameters,
} from './intent-parameters.ts';
import { retrieveIntent } from './intents.ts';
import {
  listBalanceTransactions,
  listBalanceTransactionsParameters,
  listCharges,
  listChargesParameters,
  listEvents,
  listEventsParameters,
  listIntents,
  listIntentsParameters,
  listRefunds,
  listRefundsParameters,
  retrieve,
} from './lists.ts';
import { expand, hash, readParameters } from './parameters.ts';
import {
  createPaymentMethod,
  createPaymentMethodParameters,
  retrievePaymentMethod,
} from './payment-methods.ts';
import {
  presentBalanceTransaction,
  presentCharge,
  presentDispute,
  presentEvent,
} from './present.ts';
import {
  createRefund,
  createRefundParameters,
  retrieveRefund,
  updateRefund,
  updateRefundParameters,
} from './refunds.ts';

/** One call of the API: it reads its parameters first, and gives what is left to do. */
export type Route = {
  /** Whether a browser may call it with the publishable key. */
  isPublic: boolean;
  read(fields: FormFields, id: string): Result<(work: Work) => Result<object>>;
};

const retrieveParameters = hash({ expand: expand() });

/** Every call that the sandbox answers; `:id` stands for one segment of the path. */
const ROUTES: Record<string, Route> = {
  'POST /v1/payment_intents': route(createIntentParameters, createIntent),
  'GET /v1/payment_intents': route(listIntentsParameters, listIntents),
  'GET /v1/payment_intents/:id': publicRoute(retrieveIntentParameters, retrieveIntent),
  'POST /v1/payment_intents/:id': route(updateIntentParameters, updateIntent),
  'POST /v1/payment_intents/:id/confirm': publicRoute(confirmIntentParameters, confirmIntent),
  'POST /v1/payment_intents/:id/capture': route(captureIntentParameters, captureIntent),
  'POST /v1/payment_intents/:id/cancel': route(cancelIntentParameters, cancelIntent),
  'POST /v1/payment_methods': publicRoute(createPaymentMethodParameters, createPaymentMethod),
  'GET /v1/payment_methods/:id': route(retrieveParameters, retrievePaymentMethod),
  'POST /v1/payment_methods/:id/attach': route(attachParameters, attachMethod),
  'POST /v1/payment_methods/:id/detach': route(retrieveParameters, detachMethod),
  'POST /v1/customers': route(createCustomerParameters, createCustomer),
  'GET /v1/customers': route(listCustomersParameters, listCustomers),
  'POST /v1/customers/:id': route(createCustomerParameters, updateCustomer),
  'GET /v1/customers/:id': route(retrieveParameters, retrieveCustomer),
  'DELETE /v1/customers/:id': route(retrieveParameters, deleteCustomer),
  'GET /v1/customers/:id/payment_methods': route(listMethodsParameters, listMethodsOf),
  'POST /v1/setup_intents': route(createSetupParameters, createSetup),
  'GET /v1/setup_intents/:id': route(retrieveParameters, retrieveSetup),
  'GET /v1/disputes': route(listDisputesParameters, listDisputes),
  'GET /v1/disputes/:id': route(
    retrieveParameters,
    retrieve('dispute', (work) => work.account.disputes, presentDispute),
  ),
  'GET /v1/charges': route(listChargesParameters, listCharges),
  'GET /v1/charges/:id': route(
    retrieveParameters,
    retrieve('charge', (work) => work.account.charges, presentCharge),
  ),
  'POST /v1/refunds': route(createRefundParameters, createRefund),
  'GET /v1/refunds': route(listRefundsParameters, listRefunds),
  'GET /v1/refunds/:id': route(retrieveParameters, retrieveRefund),
  'POST /v1/refunds/:id': route(updateRefundParameters, updateRefund),
  'GET /v1/balance_transactions': route(listBalanceTransactionsParameters, listBalanceTransactions),
  'GET /v1/balance_transactions/:id': route(
    retrieveParameters,
    retrieve(
      'balance_transaction',
      (work) => work.account.balanceTransactions,
      presentBalanceTransaction,
    ),
  ),
  'GET /v1/events': route(listEventsParameters, listEvents),
  'GET /v1/events/:id': route(
    retrieveParameters,
    retrieve('event', (work) => work.account.events, presentEvent),
  ),
};

const BY_NAME = new Map(Object.entries(ROUTES));

/** Finds the call that a method and path stand for, and the id in the path. */
export function findRoute(method: string, path: string): { route: Route; id: string } | undefined {
  const [, version = '', resource = '', id, action, ...rest] = path.split('/');
  if (rest.length > 0) return undefined;
  const name = `${method} /${version}/${resource}`;
  if (id === undefined) return found(name, '');
  if (id === '') return undefined;
  return found(action === undefined ? `${name}/:id` : `${name}/:id/${action}`, id);
}

function found(name: string, id: string): { route: Route; id: string } | undefined {
  const known = BY_NAME.get(name);
  return known && { route: known, id };
}

function route<T extends z.ZodType>(
  schema: T,
  run: (work: Work, parameters: z.output<T>, id: string) => Result<object>,
): Route {
  return {
    isPublic: false,
    read(fields, id) {
      const parameters = readParameters(schema, fields);
      if (!parameters.ok) return parameters;
      return { ok: true, value: (work) => run(work, parameters.value, id) };
    },
  };
}

function publicRoute<T extends z.ZodType>(
  schema: T,
  run: (work: Work, parameters: z.output<T>, id: string) => Result<object>,
): Route {
  return { ...route(schema, run), isPublic: true };
}
