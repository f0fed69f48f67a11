import {
  stripePublishableKey,
  stripeSecretKey,
  stripeWebhookSecrets,
} from '../credential-types.ts';
import { apiUrl } from '../url-types.ts';
import { duration } from '../value-types.ts';
import type { Command, VariableGroup } from '../variable.ts';

const USED_BY = ['api', 'worker', 'start'] as const satisfies Command[];

export const gateways = {
  title: 'Gateways',
  introduction:
    'A gateway whose credentials are incomplete is off, and said to be so at the start; it never keeps Tender from ' +
    'starting. Production takes live keys only.',
  variables: {
    PAYMENT_GATEWAY_TIMEOUT_SECONDS: {
      type: duration('seconds', 0.1, 120),
      description:
        'The total time of one call to a gateway. A call that exceeds it has an unknown outcome, which is then ' +
        'resolved.',
      example: '30',
      default: '30',
      usedBy: USED_BY,
    },
    PAYMENT_GATEWAY_CONNECT_TIMEOUT: {
      type: duration('seconds', 0.1, 120),
      description:
        'Seconds until a connection to a gateway must stand; the total time limits it too.',
      example: '10',
      default: '10',
      usedBy: USED_BY,
    },
    PAYMENT_LEASE_SECONDS: {
      type: duration('seconds', 1, 3_600),
      description:
        'How long a worker or a request owns a piece of work before another may take it over. At least the gateway ' +
        'timeout and a margin of 2 seconds or a tenth of it, whichever is longer: with less, two would do the same work.',
      example: '45',
      whenUnset: 'the gateway timeout and 15 seconds',
      usedBy: USED_BY,
    },
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
