import type Stripe from 'stripe';
import { z } from 'zod';
import type { SavedMethodReport } from '../../domain/report.ts';
import type { Gateway, GatewayOutcome, MethodApproval, MoneyCall } from '../gateway.ts';
import { ask, given, keyed, read, type Answer } from './calls.ts';
import type { Failure } from './errors.ts';
import { Id, MethodDetails, readAction, savedMethod } from './mapping.ts';

type Customers = Pick<Gateway, 'createCustomer' | 'deleteCustomer' | 'saveMethod' | 'detachMethod'>;

const Named = z.object({ id: Id });

const SetupIntent = z.object({
  id: Id,
  status: z.string(),
  payment_method: MethodDetails.extend({ id: Id }).nullish(),
  next_action: z.unknown(),
});

/** Customers at Stripe, and the payment methods that it keeps for them. */
export function createCustomers(stripe: Stripe): Customers {
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
        expand: ['payment_method'],
      };
      const answer = await ask(() => stripe.setupIntents.create(params, keyed(call)));
      if (answer.kind !== 'answered') return failed(answer);
      const setup = read(readSetup, answer);
      return setup.kind === 'read' ? setup.value : setup;
    },

    async detachMethod({ gatewayMethodId }, call: MoneyCall) {
      return gone(
        await ask(() => stripe.paymentMethods.detach(gatewayMethodId, undefined, keyed(call))),
      );
    },
  };
}

/** What a setup intent came to: a method that is kept, or what the customer has to do first. */
function readSetup(
  body: unknown,
):
  | { kind: 'succeeded'; report: SavedMethodReport }
  | { kind: 'requires_approval'; approval: MethodApproval } {
  const setup = SetupIntent.parse(body);
  const { payment_method: method } = setup;
  if (!method) throw new Error(`a setup intent that is ${setup.status} without a method`);
  if (setup.status === 'succeeded')
    return { kind: 'succeeded', report: savedMethod(method.id, method) };
  if (setup.status !== 'requires_action') throw new Error(`a setup intent that is ${setup.status}`);
  const approval = { paymentMethod: method.id, action: readAction(setup.next_action) };
  return { kind: 'requires_approval', approval };
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
