import { pemCertificates, publicId, publicIds, secretText } from '../credential-types.ts';
import { apiUrl } from '../url-types.ts';
import type { VariableGroup } from '../variable.ts';
import { USED_BY } from './gateways.ts';

export const paypal = {
  title: 'PayPal',
  introduction: 'The account at PayPal. `docs/gateways/paypal.md` tells where each value is found.',
  variables: {
    PAYMENT_PAYPAL_API_URL: {
      type: apiUrl(),
      description: "PayPal's API, or a sandbox that stands in for it outside production.",
      example: 'https://api-m.paypal.com',
      default: 'https://api-m.paypal.com',
      file: true,
      usedBy: USED_BY,
    },
    PAYPAL_CLIENT_ID: {
      type: publicId(),
      description: 'The client id of the REST application; a checkout page needs it too.',
      example: 'AYourClientId',
      whenUnset: 'PayPal is off',
      file: true,
      aliases: ['paypal_client_id'],
      usedBy: USED_BY,
    },
    PAYPAL_CLIENT_SECRET: {
      type: secretText(),
      description: 'The secret of the REST application.',
      example: 'EYourSecret',
      whenUnset: 'PayPal is off',
      secret: true,
      file: true,
      aliases: ['paypal_client_secret'],
      usedBy: USED_BY,
    },
    PAYPAL_WEBHOOK_ID: {
      type: publicIds(),
      description:
        'The id of the webhook, which is part of what PayPal signs; several, separated by commas, while one replaces ' +
        'the other.',
      example: '8PT597110X687430LKGECATA',
      whenUnset: 'PayPal is off',
      file: true,
      aliases: ['paypal_webhook_id'],
      usedBy: USED_BY,
    },
    PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY: {
      type: pemCertificates(),
      description:
        'Certificates (PEM) to trust for signed webhooks in place of those that the system trusts: for a sandbox, which ' +
        'certifies itself.',
      example: '-----BEGIN CERTIFICATE----- MIIB... -----END CERTIFICATE-----',
      whenUnset: 'the certificates that Node trusts',
      file: true,
      usedBy: USED_BY,
    },
  },
} as const satisfies VariableGroup;
