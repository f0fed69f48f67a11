import type Stripe from 'stripe';
import { z } from 'zod';
import type { CustomerAction } from '../../domain/report.ts';
import type { Gateway, GatewayOutcome, MoneyCall } from '../gateway.ts';
import { ask, given, keyed, read, refusedHere, traced, type Answer } from './calls.ts';
import { gatewayFault, UNREADABLE, type Failure } from './errors.ts';
import {
  Id,
  IdOrObject,
  LastError,
  MethodDetails,
  readAction,
  readDecline,
  savedMethod,
} from './mapping.ts';

type Customers = Pick<Gateway, 'createCustomer' | 'deleteCustomer' | 'saveMethod' | 'detachMethod'>;

const Named = z.object({ id: Id });

const SetupIntent = z.object({
  id: Id,
  status: z.string(),
  customer: IdOrObject.nullish(),
  client_secret: z.string().nullish(),
  payment_method: MethodDetails.extend({ id: Id }).nullish(),
  next_action: z.unknown(),
  last_setup_error: LastError.nullish(),
});

/**
 * Stands for a method that its customer was sent away to approve: the setup intent tells what came of that. To set the
 * method up anew could send the customer away again, without an end.
 */
const APPROVED = /^seti_\w+$/;

const WITH_METHOD = { expand: ['payment_method'] };

/** Customers at Stripe, and the payment methods that it keeps for them. */
export function createCustomers(stripe: Stripe): Customers {
  const { setupIntents } = stripe;
  return {
    async createCustomer({ customerId, email, name }, call) {
      const params = {
        ...given('email', email),
        ...given('name', name),
        metadata: { tender_customer_id: customerId },
      };
      const answer = await ask(() => stripe.customers.create(params, keyed(call)));
      return outcomeOf(answer, (body) => ({ gatewayCustomerId: Named.parse(body).id }));
    },

    async deleteCustomer(id, call) {
      return gone(await ask(() => stripe.customers.del(id, undefined, keyed(call))));
    },

    async saveMethod({ customerId, gatewayCustomerId, paymentMethod, returnUrl }, call) {
      if (APPROVED.test(paymentMethod)) {
        return setupOutcome(
          await ask(() => setupIntents.retrieve(paymentMethod, WITH_METHOD, traced(call))),
          gatewayCustomerId,
        );
      }
      const params: Stripe.SetupIntentCreateParams = {
        customer: gatewayCustomerId,
        payment_method: paymentMethod,
        usage: 'off_session',
        confirm: true,
        automatic_payment_methods: {
          enabled: true,
          allow_redirects: returnUrl === null ? 'never' : 'always',
        },
        ...given('return_url', returnUrl),
        metadata: { tender_customer_id: customerId },
        ...WITH_METHOD,
      };
      return setupOutcome(await ask(() => setupIntents.create(params, keyed(call))));
    },

    async detachMethod({ gatewayMethodId }, call: MoneyCall) {
      return gone(
        await ask(() => stripe.paymentMethods.detach(gatewayMethodId, undefined, keyed(call))),
      );
    },
  };
}

type SaveOutcome = Awaited<ReturnType<Gateway['saveMethod']>>;

/**
 * What a setup intent came to: a method that is kept, or what the customer has to do first.
 *
 * @param owner the customer whose it has to be, where it was not made for them just now
 */
function setupOutcome(answer: Answer | Failure, owner: string | null = null): SaveOutcome {
  if (answer.kind !== 'answered') return failed(answer);
  const setup = read((body) => SetupIntent.parse(body), answer);
  if (setup.kind === 'unknown') return setup;
  const { status, customer, payment_method: method, last_setup_error: error } = setup.value;
  if (owner !== null && customer !== owner) {
    return refusedHere('setup_of_another_customer', 'The setup intent is of another customer');
  }
  if (status === 'succeeded' && method) {
    return { kind: 'succeeded', report: savedMethod(method.id, method) };
  }
  if (status === 'requires_action') {
    const approval = { paymentMethod: setup.value.id, action: approvalOf(setup.value) };
    return { kind: 'requires_approval', approval };
  }
  if (status === 'requires_payment_method' && error) {
    return { kind: 'declined', decline: readDecline(error), report: null };
  }
  if (status === 'canceled') return refusedHere('setup_canceled', 'The setup intent is canceled');
  return gatewayFault(UNREADABLE, `A setup intent that is ${status}`, 200, answer.requestId);
}

/** Stripe's own script knows the setup intent by its client secret, for which there is no other place. */
function approvalOf({ next_action, client_secret }: z.infer<typeof SetupIntent>): CustomerAction {
  const action = readAction(next_action);
  if (action.type === 'redirect_to_url') return action;
  return { ...action, data: { ...action.data, ...given('client_secret', client_secret ?? null) } };
}

function outcomeOf<T>(answer: Answer | Failure, reader: (body: unknown) => T): GatewayOutcome<T> {
  if (answer.kind !== 'answered') return failed(answer);
  const value = read(reader, answer);
  return value.kind === 'read' ? { kind: 'succeeded', report: value.value } : value;
}

function failed(failure: Failure) {
  switch (failure.kind) {
    case 'unknown':
      return failure;
    case 'refused':
      return { kind: 'refused' as const, error: failure.error, report: null };
    case 'declined':
      return { kind: 'declined' as const, decline: failure.decline, report: null };
  }
}

/** Whatever is not there any more need not be taken away. */
function gone(answer: Answer | Failure): GatewayOutcome<null> {
  const outcome = outcomeOf(answer, () => null);
  if (outcome.kind !== 'refused') return outcome;
  const { code, httpStatus, message } = outcome.error;
  const isGone =
    (httpStatus === 404 && code === 'resource_missing') ||
    /not attached to a customer/.test(message);
  return isGone ? { kind: 'succeeded', report: null } : outcome;
}
