import type { z } from 'zod';
import type { Work } from './account.ts';
import { invalidRequest, noSuch, succeed } from './errors.ts';
import type { Refusal, Result } from './errors.ts';
import { emit } from './events.ts';
import { readExpansion } from './expand.ts';
import type { Expansion } from './expand.ts';
import { checkCustomer, mergeMetadata } from './intents.ts';
import { checkOwner, keepMethod } from './keep-methods.ts';
import type { PaymentMethod, SetupIntent } from './model.ts';
import { choice, expand, flag, hash, metadata, text } from './parameters.ts';
import { findPaymentMethod } from './payment-methods.ts';
import { presentPaymentMethod } from './present-card.ts';
import { presentSetupIntent } from './present-kept.ts';

/** Source: https://docs.stripe.com/api/setup_intents/create */
export const createSetupParameters = hash({
  automatic_payment_methods: hash({
    enabled: flag(),
    allow_redirects: choice(['always', 'never']).optional(),
  }).optional(),
  confirm: flag().optional(),
  customer: text().optional(),
  expand: expand(),
  metadata: metadata().optional(),
  payment_method: text().optional(),
  return_url: text().optional(),
  usage: choice(['off_session', 'on_session']).optional(),
});

type CreateSetup = z.output<typeof createSetupParameters>;

/**
 * `POST /v1/setup_intents`. A card that wants its holder to authenticate leaves it `requires_action`: on the page that
 * `next_action` points at the customer decides.
 */
export function createSetup(work: Work, parameters: CreateSetup): Result<object> {
  const expansion = readExpansion(parameters.expand, 'setup_intent');
  if (!expansion.ok) return expansion;
  const customer = checkCustomer(work, parameters.customer);
  if (!customer.ok) return customer;
  if (parameters.return_url !== undefined && parameters.confirm !== true) {
    return invalidRequest('The parameter return_url can only be used with confirm=true.', {
      param: 'return_url',
    });
  }
  if (parameters.return_url !== undefined && !URL.canParse(parameters.return_url)) {
    return invalidRequest('Not a valid URL', { code: 'url_invalid', param: 'return_url' });
  }
  const chosen = chooseMethod(work, parameters);
  if (!chosen.ok) return chosen;
  const { account } = work;
  const id = account.newId('seti_', 24);
  const setup: SetupIntent = {
    id,
    clientSecret: `${id}_secret_${account.newId('', 25)}`,
    created: account.clock.nowSeconds(),
    customer: parameters.customer ?? null,
    usage: parameters.usage ?? 'off_session',
    metadata: mergeMetadata({}, parameters.metadata),
    returnUrl: parameters.return_url ?? null,
    hasFailed: false,
    paymentMethod: chosen.value,
    status: chosen.value === null ? 'requires_payment_method' : 'requires_confirmation',
  };
  account.setups.add(setup);
  emit(work, 'setup_intent.created', presentSetupIntent(setup, work.baseUrl));
  if (parameters.confirm === true && chosen.value !== null) {
    const refusal = confirmSetup(work, setup, chosen.value);
    if (refusal !== null) return { ok: false, refusal };
  }
  return succeed(presentSetupIntent(setup, work.baseUrl, isExpanded(expansion.value)));
}

function chooseMethod(work: Work, parameters: CreateSetup): Result<PaymentMethod | null> {
  const { payment_method: id, confirm, customer } = parameters;
  if (id === undefined) {
    if (confirm !== true) return succeed(null);
    const message = "You cannot confirm this SetupIntent because it's missing a payment method.";
    return invalidRequest(message, { code: 'parameter_missing', param: 'payment_method' });
  }
  const found = findPaymentMethod(work, id);
  if (!found.ok) return found;
  const owned = checkOwner(found.value, customer ?? null);
  return owned.ok ? found : owned;
}

function confirmSetup(work: Work, setup: SetupIntent, method: PaymentMethod): Refusal | null {
  const { decline, authentication } = method.card;
  if (decline !== null) {
    setup.status = 'requires_payment_method';
    setup.paymentMethod = null;
    emit(work, 'setup_intent.setup_failed', presentSetupIntent(setup, work.baseUrl));
    return {
      status: 402,
      executed: true,
      error: {
        type: 'card_error',
        code: decline.code,
        decline_code: decline.declineCode,
        message: decline.message,
        payment_method: presentPaymentMethod(method),
      },
    };
  }
  if (authentication !== 'never' && authentication !== 'on_request') {
    setup.status = 'requires_action';
    emit(work, 'setup_intent.requires_action', presentSetupIntent(setup, work.baseUrl));
    return null;
  }
  passSetup(work, setup, method);
  return null;
}

/** Sets the method up: it is its customer's from now on. */
export function passSetup(work: Work, setup: SetupIntent, method: PaymentMethod): void {
  setup.status = 'succeeded';
  if (setup.usage === 'off_session') method.isSetUp = true;
  if (setup.customer !== null) keepMethod(work, method, setup.customer);
  emit(work, 'setup_intent.succeeded', presentSetupIntent(setup, work.baseUrl));
}

/** The customer failed to authenticate: another method has to be found. */
export function failSetup(work: Work, setup: SetupIntent): void {
  setup.status = 'requires_payment_method';
  setup.paymentMethod = null;
  setup.hasFailed = true;
  emit(work, 'setup_intent.setup_failed', presentSetupIntent(setup, work.baseUrl));
}

/** `GET /v1/setup_intents/{id}` */
export function retrieveSetup(
  work: Work,
  parameters: { expand?: string[] | undefined },
  id: string,
): Result<object> {
  const expansion = readExpansion(parameters.expand, 'setup_intent');
  if (!expansion.ok) return expansion;
  const setup = work.account.setups.get(id);
  return setup === undefined
    ? noSuch('setupintent', id, 'intent')
    : succeed(presentSetupIntent(setup, work.baseUrl, isExpanded(expansion.value)));
}

function isExpanded(expansion: Expansion): boolean {
  return expansion['payment_method'] !== undefined;
}
