import { documentation } from './errors.ts';
import type { Customer, SetupIntent } from './model.ts';
import { presentPaymentMethod } from './present-card.ts';

/** How customers and what is kept for them look in answers and events. */

export function presentCustomer(customer: Customer): object {
  return {
    id: customer.id,
    object: 'customer',
    address: null,
    balance: 0,
    created: customer.created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: customer.description,
    discount: null,
    email: customer.email,
    invoice_prefix: customer.id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: customer.metadata,
    name: customer.name,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

const AUTHENTICATION_FAILED = {
  type: 'invalid_request_error',
  code: 'setup_intent_authentication_failure',
  ...documentation('setup_intent_authentication_failure'),
  message:
    'The latest attempt to set up the payment method has failed because authentication failed.',
};

function presentChallenge({ id, clientSecret, returnUrl }: SetupIntent, baseUrl: string): object {
  const url = `${baseUrl}/3ds/${id}?client_secret=${clientSecret}`;
  return returnUrl === null
    ? {
        type: 'use_stripe_sdk',
        use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url },
      }
    : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } };
}

export function presentSetupIntent(
  setup: SetupIntent,
  baseUrl: string,
  isMethodExpanded = false,
): object {
  const { paymentMethod } = setup;
  return {
    id: setup.id,
    object: 'setup_intent',
    application: null,
    automatic_payment_methods: { allow_redirects: 'always', enabled: true },
    cancellation_reason: null,
    client_secret: setup.clientSecret,
    created: setup.created,
    customer: setup.customer,
    description: null,
    flow_directions: null,
    last_setup_error: setup.hasFailed ? AUTHENTICATION_FAILED : null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: setup.metadata,
    next_action: setup.status === 'requires_action' ? presentChallenge(setup, baseUrl) : null,
    on_behalf_of: null,
    payment_method:
      paymentMethod !== null && isMethodExpanded
        ? presentPaymentMethod(paymentMethod)
        : (paymentMethod?.id ?? null),
    payment_method_options: null,
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: setup.status,
    usage: setup.usage,
  };
}
