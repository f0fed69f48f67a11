import type { Work } from './account.ts';
import {
  attemptPayment,
  checkReturnUrl,
  choosePaymentMethod,
  readTerms,
} from './confirm-intent.ts';
import { invalidRequest, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitIntent } from './events.ts';
import { readExpansion } from './expand.ts';
import {
  answerIntent,
  checkCustomer,
  checkTypes,
  DEFAULT_CARD_OPTIONS,
  mergeCardOptions,
  mergeMetadata,
  readMoney,
  refuseDescriptor,
} from './intents.ts';
import type { CreateIntent } from './intent-parameters.ts';
import { checkOwner } from './keep-methods.ts';
import type { CaptureMethod, PaymentIntent, PaymentMethod } from './model.ts';

/** Parameters that mean something only when the intent is confirmed at once. */
const CONFIRMATION_ONLY = ['return_url', 'off_session', 'error_on_requires_action'] as const;

/** From this version on an intent is captured asynchronously unless it says otherwise. */
const ASYNC_CAPTURE_SINCE = '2024-04-10';

/** `POST /v1/payment_intents` */
export function createIntent(work: Work, parameters: CreateIntent): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_intent');
  if (!expansion.ok) return expansion;
  const prepared = prepareIntent(work, parameters);
  if (!prepared.ok) return prepared;
  const { intent, method } = prepared.value;
  if (parameters.confirm !== true || method === null) {
    keepIntent(work, intent);
    return answerIntent(work, intent, expansion.value);
  }
  const terms = readTerms(parameters);
  const allowed = checkReturnUrl(intent.automaticPaymentMethods, terms);
  if (!allowed.ok) return allowed;
  keepIntent(work, intent);
  const refusal = attemptPayment(work, intent, method, terms);
  return refusal === null ? answerIntent(work, intent, expansion.value) : { ok: false, refusal };
}

function keepIntent(work: Work, intent: PaymentIntent): void {
  work.account.intents.add(intent);
  emitIntent(work, 'payment_intent.created', intent);
}

/** Checks all that can be wrong before anything is kept, and builds the intent. */
function prepareIntent(
  work: Work,
  parameters: CreateIntent,
): Result<{ intent: PaymentIntent; method: PaymentMethod | null }> {
  const money = readMoney(parameters.amount, parameters.currency);
  if (!money.ok) return money;
  const checked = checkCombination(work, parameters);
  if (!checked.ok) return checked;
  const chosen = choosePaymentMethod(work, parameters, null);
  if (!chosen.ok) return chosen;
  const method = chosen.value;
  if (method !== null) {
    const owned = checkOwner(method, parameters.customer ?? null);
    if (!owned.ok) return owned;
  }
  if (method !== null && parameters.statement_descriptor !== undefined) return refuseDescriptor();
  if (parameters.confirm === true && method === null) {
    return invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method.",
      { code: 'parameter_missing', param: 'payment_method' },
    );
  }
  return succeed({ method, intent: buildIntent(work, parameters, money.value, method) });
}

function checkCombination(work: Work, parameters: CreateIntent): Result<null> {
  for (const name of CONFIRMATION_ONLY) {
    if (parameters[name] !== undefined && parameters.confirm !== true) {
      return invalidRequest(`The parameter ${name} can only be used with confirm=true.`, {
        param: name,
      });
    }
  }
  const { payment_method_types: types, automatic_payment_methods: automatic } = parameters;
  if (types !== undefined && automatic?.enabled === true) {
    return invalidRequest(
      'You may only specify one of payment_method_types, automatic_payment_methods.',
      { code: 'parameters_exclusive', param: 'payment_method_types' },
    );
  }
  const named = checkTypes(parameters);
  return named.ok ? checkCustomer(work, parameters.customer) : named;
}

function buildIntent(
  work: Work,
  parameters: CreateIntent,
  money: { amount: bigint; currency: string },
  method: PaymentMethod | null,
): PaymentIntent {
  const { account } = work;
  const id = account.newId('pi_', 24);
  return {
    id,
    clientSecret: `${id}_secret_${account.newId('', 25)}`,
    created: account.clock.nowSeconds(),
    ...money,
    status: method === null ? 'requires_payment_method' : 'requires_confirmation',
    captureMethod: parameters.capture_method ?? defaultCaptureMethod(work.apiVersion),
    confirmationMethod: parameters.confirmation_method ?? 'automatic',
    automaticPaymentMethods: readAutomatic(parameters),
    paymentMethodTypes: parameters.payment_method_types ?? ['card'],
    cardOptions: mergeCardOptions(DEFAULT_CARD_OPTIONS, parameters.payment_method_options?.card),
    customer: parameters.customer ?? null,
    description: parameters.description ?? null,
    receiptEmail: parameters.receipt_email ?? null,
    statementDescriptor: parameters.statement_descriptor ?? null,
    statementDescriptorSuffix: parameters.statement_descriptor_suffix ?? null,
    setupFutureUsage: parameters.setup_future_usage ?? null,
    transferGroup: parameters.transfer_group ?? null,
    metadata: mergeMetadata({}, parameters.metadata),
    paymentMethod: method,
    isAuthenticated: false,
    challenge: null,
    lastFailure: null,
    latestCharge: null,
    charges: [],
    canceledAt: null,
    cancellationReason: null,
  };
}

/** Automatic payment methods are on unless the caller names types or switches them off. */
function readAutomatic(parameters: CreateIntent): PaymentIntent['automaticPaymentMethods'] {
  const { automatic_payment_methods: automatic, payment_method_types: types } = parameters;
  if (types !== undefined || automatic?.enabled === false) return null;
  return { allowRedirects: automatic?.allow_redirects ?? 'always' };
}

function defaultCaptureMethod(apiVersion: string): CaptureMethod {
  return apiVersion >= ASYNC_CAPTURE_SINCE ? 'automatic_async' : 'automatic';
}
