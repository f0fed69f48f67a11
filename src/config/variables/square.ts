import { currencyCode, publicId, secretText, secretTexts } from '../credential-types.ts';
import { apiUrl, exactUrl } from '../url-types.ts';
import type { VariableGroup } from '../variable.ts';
import { USED_BY } from './gateways.ts';

export const square = {
  title: 'Square',
  introduction: 'The account at Square. `docs/gateways/square.md` tells where each value is found.',
  variables: {
    PAYMENT_SQUARE_API_URL: {
      type: apiUrl(),
      description: "Square's API, or a sandbox that stands in for it outside production.",
      example: 'https://connect.squareup.com',
      default: 'https://connect.squareup.com',
      file: true,
      usedBy: USED_BY,
    },
    SQUARE_ACCESS_TOKEN: {
      type: secretText(),
      description: 'The access token of the application.',
      example: 'EAAAYourToken',
      whenUnset: 'Square is off',
      secret: true,
      file: true,
      aliases: ['square_access_token'],
      usedBy: USED_BY,
    },
    SQUARE_LOCATION_ID: {
      type: publicId(),
      description: 'The location whose payments these are.',
      example: 'LYourLocation',
      whenUnset: 'Square is off',
      file: true,
      aliases: ['square_location_id'],
      usedBy: USED_BY,
    },
    SQUARE_CURRENCY: {
      type: currencyCode(),
      description: "The location's currency: Square takes payments in no other there.",
      example: 'USD',
      default: 'USD',
      usedBy: USED_BY,
    },
    SQUARE_APPLICATION_ID: {
      type: publicId(),
      description: 'The public id that a checkout page needs; answers carry it.',
      example: 'sq0idp-YourApplication',
      whenUnset: 'answers carry none',
      file: true,
      aliases: ['square_application_id'],
      usedBy: USED_BY,
    },
    SQUARE_WEBHOOK_SIGNATURE_KEY: {
      type: secretTexts(),
      description:
        'The signature key of the webhook subscription; several, separated by commas, while one replaces the other.',
      example: 'YourSignatureKey',
      whenUnset: 'Square is off',
      secret: true,
      file: true,
      aliases: ['square_webhook_signature_key'],
      usedBy: USED_BY,
    },
    SQUARE_WEBHOOK_URL: {
      type: exactUrl(),
      description:
        'The notification URL of the webhook subscription, to the letter: it is part of what Square signs.',
      example: 'https://payments.example.com/api/v1/payments/webhook/square',
      whenUnset: 'Square is off',
      file: true,
      aliases: ['square_webhook_url'],
      usedBy: USED_BY,
    },
  },
} as const satisfies VariableGroup;
