import type { Work } from './account.ts';
import { checkAmount } from './currencies.ts';
import { invalidRequest, noSuch, stateRefusal, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { plainView } from './events.ts';
import { NOTHING_EXPANDED, readExpansion } from './expand.ts';
import type { Expansion } from './expand.ts';
import type { CardOptionsParameters, RetrieveIntent } from './intent-parameters.ts';
import type { CardOptions, IntentStatus, Metadata, PaymentIntent } from './model.ts';
import { presentIntent } from './present.ts';

/** What every call on payment intents needs: finding one, judging its state, answering with it. */
export function answerIntent(
  work: Work,
  intent: PaymentIntent,
  expansion: Expansion = NOTHING_EXPANDED,
): Result<object> {
  return succeed(presentIntent(intent, { ...plainView(work), expand: expansion }));
}

/**
 * Finds an intent. A caller with the publishable key has to show the intent's client secret too,
 * as a browser does.
 */
export function findIntent(work: Work, id: string, clientSecret?: string): Result<PaymentIntent> {
  const intent = work.account.intents.get(id);
  if (intent === undefined) return noSuch('payment_intent', id, 'intent');
  if (work.isPublic && clientSecret === undefined) {
    return invalidRequest('Missing required param: client_secret.', {
      code: 'parameter_missing',
      param: 'client_secret',
    });
  }
  if (clientSecret !== undefined && clientSecret !== intent.clientSecret) {
    return invalidRequest(
      'The client_secret provided does not match the client_secret of this PaymentIntent.',
      { param: 'client_secret' },
    );
  }
  return succeed(intent);
}

/** `GET /v1/payment_intents/{id}` */
export function retrieveIntent(work: Work, parameters: RetrieveIntent, id: string): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_intent');
  if (!expansion.ok) return expansion;
  const found = findIntent(work, id, parameters.client_secret);
  return found.ok ? answerIntent(work, found.value, expansion.value) : found;
}

/** Refuses a step that the intent's status does not allow; `done` is its past participle. */
export function refuseState(
  work: Work,
  intent: PaymentIntent,
  done: string,
  allowed: readonly IntentStatus[],
) {
  return stateRefusal(
    `This PaymentIntent could not be ${done} because it has a status of ${intent.status}. ` +
      `Only a PaymentIntent with one of the following statuses may be ${done}: ${allowed.join(', ')}.`,
    {
      code: 'payment_intent_unexpected_state',
      payment_intent: presentIntent(intent, plainView(work)),
    },
  );
}

/** The amount and currency of an intent as they would be charged, or why they cannot be. */
export function readMoney(
  amount: bigint,
  currency: string,
): Result<{ amount: bigint; currency: string }> {
  const lowerCase = currency.toLowerCase();
  const checked = checkAmount(amount, lowerCase);
  return checked.ok ? succeed({ amount, currency: lowerCase }) : checked;
}

/**
 * Any id of the right form is taken as one that exists, unless it was deleted here.
 */
export function checkCustomer(work: Work, customer: string | undefined): Result<null> {
  const isDeleted = work.account.customers.get(customer ?? '')?.isDeleted === true;
  if (customer === undefined || (/^cus_\w+$/.test(customer) && !isDeleted)) return succeed(null);
  return noSuch('customer', customer, 'customer', 400);
}

/** Only cards are accepted here, so a list of types has to name them. */
export function checkTypes(parameters: {
  payment_method_types?: string[] | undefined;
  allowed_payment_method_types?: string[] | undefined;
}): Result<null> {
  for (const param of ['payment_method_types', 'allowed_payment_method_types'] as const) {
    const types = parameters[param];
    if (types === undefined || types.includes('card')) continue;
    return invalidRequest(
      `The payment method types ${types.join(', ')} are invalid: only card is activated.`,
      { param },
    );
  }
  return succeed(null);
}

/**
 * Since 2024 a card payment may not set the whole statement descriptor: "Setting this value for a
 * card charge returns an error. For card charges, set the statement_descriptor_suffix instead."
 * Source: https://docs.stripe.com/api/payment_intents/create
 */
export function refuseDescriptor() {
  return invalidRequest(
    'statement_descriptor cannot be set for a card payment: set statement_descriptor_suffix.',
    { param: 'statement_descriptor' },
  );
}

/** Applies `changes`: an empty value removes its key, and null removes them all. */
export function mergeMetadata(
  current: Metadata,
  changes: Record<string, string> | null | undefined,
): Metadata {
  if (changes === undefined) return current;
  if (changes === null) return {};
  const merged = { ...current };
  for (const [key, value] of Object.entries(changes)) {
    if (value === '') delete merged[key];
    else merged[key] = value;
  }
  return merged;
}

/** Applies `payment_method_options[card]`; null puts the defaults back. */
export function mergeCardOptions(
  current: CardOptions,
  changes: CardOptionsParameters | null | undefined,
): CardOptions {
  if (changes === undefined) return current;
  if (changes === null) return DEFAULT_CARD_OPTIONS;
  const { network, request_three_d_secure, setup_future_usage, capture_method } = changes;
  return {
    network: network ?? current.network,
    requestThreeDSecure: request_three_d_secure ?? current.requestThreeDSecure,
    setupFutureUsage:
      setup_future_usage === undefined ? current.setupFutureUsage : setup_future_usage || null,
    captureMethod: capture_method === undefined ? current.captureMethod : capture_method || null,
  };
}

export const DEFAULT_CARD_OPTIONS: CardOptions = {
  network: null,
  requestThreeDSecure: 'automatic',
  setupFutureUsage: null,
  captureMethod: null,
};
