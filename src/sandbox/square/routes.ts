import type { z } from 'zod';
import type { Work } from './account.ts';
import {
  createCard,
  createCardParameters,
  disableStoredCard,
  listCards,
  listCardsParameters,
  retrieveCard,
} from './cards.ts';
import {
  cancelByKey,
  cancelByKeyParameters,
  cancelPayment,
  completePayment,
  completePaymentParameters,
  updatePayment,
  updatePaymentParameters,
} from './change-payment.ts';
import { createPayment, createPaymentParameters } from './create-payment.ts';
import {
  createCustomer,
  createCustomerParameters,
  deleteCustomer,
  deleteCustomerParameters,
  retrieveCustomer,
  updateCustomer,
  updateCustomerParameters,
} from './customers.ts';
import {
  acceptDispute,
  listDisputes,
  listDisputesParameters,
  retrieveDispute,
} from './disputes.ts';
import type { Result } from './errors.ts';
import {
  createEvidence,
  createEvidenceParameters,
  deleteEvidence,
  listEvidence,
  listEvidenceParameters,
  retrieveEvidence,
  submitEvidence,
} from './evidence.ts';
import {
  listCustomers,
  listCustomersParameters,
  searchCustomers,
  searchCustomersParameters,
} from './list-customers.ts';
import {
  listPayments,
  listPaymentsParameters,
  listRefunds,
  listRefundsParameters,
} from './list-payments.ts';
import { listLocations, retrieveLocation } from './locations.ts';
import { object, readParameters } from './parameters.ts';
import { retrievePayment } from './payments.ts';
import {
  listEntries,
  listEntriesParameters,
  listPayouts,
  listPayoutsParameters,
  retrievePayout,
} from './payouts.ts';
import { createRefund, createRefundParameters, retrieveRefund } from './refunds.ts';

/** One call of the API: it reads its parameters first, and gives what is left to do. */
export type Route = {
  /** The method and the path, in which `:id` stands for one segment. */
  name: string;
  /** Whether `idempotency_key` in the body is the key of this request. */
  isKeyed: boolean;
  /** Whether it makes the account grow. */
  isCreation: boolean;
  read(input: unknown, ids: readonly string[]): Result<(work: Work) => Result<object>>;
};

/** Every call that the sandbox answers. */
const ROUTES: readonly Route[] = [
  creation('POST /v2/payments', createPaymentParameters, createPayment),
  route('GET /v2/payments', listPaymentsParameters, listPayments),
  route('POST /v2/payments/cancel', cancelByKeyParameters, cancelByKey),
  bareRoute('GET /v2/payments/:id', retrievePayment),
  { ...route('PUT /v2/payments/:id', updatePaymentParameters, updatePayment), isKeyed: true },
  route('POST /v2/payments/:id/complete', completePaymentParameters, completePayment),
  bareRoute('POST /v2/payments/:id/cancel', cancelPayment),
  creation('POST /v2/refunds', createRefundParameters, createRefund),
  route('GET /v2/refunds', listRefundsParameters, listRefunds),
  bareRoute('GET /v2/refunds/:id', retrieveRefund),
  creation('POST /v2/cards', createCardParameters, createCard),
  route('GET /v2/cards', listCardsParameters, listCards),
  bareRoute('GET /v2/cards/:id', retrieveCard),
  bareRoute('POST /v2/cards/:id/disable', disableStoredCard),
  creation('POST /v2/customers', createCustomerParameters, createCustomer),
  route('GET /v2/customers', listCustomersParameters, listCustomers),
  route('POST /v2/customers/search', searchCustomersParameters, searchCustomers),
  bareRoute('GET /v2/customers/:id', retrieveCustomer),
  route('PUT /v2/customers/:id', updateCustomerParameters, updateCustomer),
  route('DELETE /v2/customers/:id', deleteCustomerParameters, deleteCustomer),
  route('GET /v2/disputes', listDisputesParameters, listDisputes),
  bareRoute('GET /v2/disputes/:id', retrieveDispute),
  bareRoute('POST /v2/disputes/:id/accept', acceptDispute),
  route('GET /v2/disputes/:id/evidence', listEvidenceParameters, listEvidence),
  creation('POST /v2/disputes/:id/evidence-text', createEvidenceParameters, createEvidence),
  bareRoute('GET /v2/disputes/:id/evidence/:id', retrieveEvidence),
  bareRoute('DELETE /v2/disputes/:id/evidence/:id', deleteEvidence),
  bareRoute('POST /v2/disputes/:id/submit-evidence', submitEvidence),
  route('GET /v2/payouts', listPayoutsParameters, listPayouts),
  bareRoute('GET /v2/payouts/:id', retrievePayout),
  route('GET /v2/payouts/:id/payout-entries', listEntriesParameters, listEntries),
  bareRoute('GET /v2/locations', listLocations),
  bareRoute('GET /v2/locations/:id', retrieveLocation),
];

/** The names of all calls. */
export function routeNames(): string[] {
  return ROUTES.map(({ name }) => name);
}

const BY_PATH = new Map<string, Map<string, Route>>();
for (const one of ROUTES) {
  const [method = '', path = ''] = one.name.split(' ');
  const methods = BY_PATH.get(path) ?? new Map<string, Route>();
  BY_PATH.set(path, methods.set(method, one));
}

export type Found =
  | { kind: 'route'; route: Route; ids: string[] }
  | { kind: 'unknown_path' }
  | { kind: 'other_method' };

/** Finds the call that a method and a path stand for, and the ids in the path. */
export function findRoute(method: string, path: string): Found {
  const [, version = '', resource = '', ...rest] = path.split('/');
  const ids = rest.filter((_, index) => index % 2 === 0).map(decode);
  const open = [
    `/${version}/${resource}`,
    ...rest.map((one, index) => (index % 2 === 0 ? ':id' : one)),
  ];
  const isComplete = ids.every((id) => id !== '');
  const fixed = BY_PATH.get(path)?.get(method);
  if (fixed !== undefined) return { kind: 'route', route: fixed, ids: [] };
  const methods = isComplete ? BY_PATH.get(open.join('/')) : undefined;
  if (methods === undefined) return { kind: BY_PATH.has(path) ? 'other_method' : 'unknown_path' };
  const found = methods.get(method);
  return found === undefined ? { kind: 'other_method' } : { kind: 'route', route: found, ids };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function route<T extends z.ZodType>(
  name: string,
  schema: T,
  run: (work: Work, parameters: z.output<T>, ids: readonly string[]) => Result<object>,
): Route {
  const where = name.startsWith('POST') || name.startsWith('PUT') ? 'body' : 'query';
  return {
    name,
    isKeyed: false,
    isCreation: false,
    read(input, ids) {
      const parameters = readParameters(schema, input, where);
      if (!parameters.ok) return parameters;
      return { ok: true, value: (work) => run(work, parameters.value, ids) };
    },
  };
}

/** A call without parameters; where it is a POST, it may do without a body. */
function bareRoute(
  name: string,
  run: (work: Work, parameters: object, ids: readonly string[]) => Result<object>,
): Route {
  const bare = route(name, object({}), run);
  return { ...bare, read: (input, ids) => bare.read(input ?? {}, ids) };
}

function creation<T extends z.ZodType>(
  name: string,
  schema: T,
  run: (work: Work, parameters: z.output<T>, ids: readonly string[]) => Result<object>,
): Route {
  return { ...route(name, schema, run), isKeyed: true, isCreation: true };
}
