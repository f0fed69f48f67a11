import {
  stripePublishableKey,
  stripeSecretKey,
  stripeWebhookSecrets,
} from '../credential-types.ts';
import { apiUrl } from '../url-types.ts';
import type { VariableGroup } from '../variable.ts';
import { USED_BY } from './gateways.ts';

export const stripe = {
  title: 'Stripe',
  introduction: 'The account at Stripe. `docs/gateways/stripe.md` tells where each value is found.',
  variables: {
    PAYMENT_STRIPE_API_URL: {
      type: apiUrl(),
      description: "Stripe's API, or a sandbox that stands in for it outside production.",
      example: 'https://api.stripe.com',
      default: 'https://api.stripe.com',
      file: true,
      usedBy: USED_BY,
    },
    STRIPE_SECRET_KEY: {
      type: stripeSecretKey(),
      description: 'The secret or restricted key of the Stripe account.',
      example: 'sk_live_YourKey',
      whenUnset: 'Stripe is off',
      secret: true,
      file: true,
      aliases: ['stripe_secret_key'],
      usedBy: USED_BY,
    },
    STRIPE_PUBLISHABLE_KEY: {
      type: stripePublishableKey(),
      description: 'The public key that a checkout page needs; answers carry it.',
      example: 'pk_live_YourKey',
      whenUnset: 'answers carry none',
      file: true,
      aliases: ['stripe_publishable_key'],
      usedBy: USED_BY,
    },
    STRIPE_WEBHOOK_SECRET: {
      type: stripeWebhookSecrets(),
      description:
        'The signing secret of the webhook endpoint; several, separated by commas, while one replaces the other.',
      example: 'whsec_YourSecret',
      whenUnset: 'Stripe is off',
      secret: true,
      file: true,
      aliases: ['stripe_webhook_secret'],
      usedBy: USED_BY,
    },
  },
} as const satisfies VariableGroup;
