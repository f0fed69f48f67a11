import type {
  GatewaysSettings,
  PayPalSettings,
  SquareSettings,
  StripeSettings,
} from './settings.ts';
import type { VariableName, Values } from './variables.ts';

/** Where PayPal's webhooks may say that their certificate is. */
const PAYPAL_HOSTS: Readonly<Record<string, readonly string[]>> = {
  'https://api-m.paypal.com': ['api.paypal.com', 'api-m.paypal.com'],
  'https://api-m.sandbox.paypal.com': ['api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'],
};

/** Each gateway with its credentials, or off with what is missing. The order is the order of preference. */
export function gatewaySettings(values: Values): GatewaysSettings {
  return { stripe: stripe(values), square: square(values), paypal: paypal(values) };
}

function stripe(values: Values): StripeSettings {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecrets } = values;
  if (secretKey === undefined || webhookSecrets === undefined) {
    return off(values, ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']);
  }
  return {
    kind: 'on',
    secretKey,
    webhookSecrets,
    publishableKey: values.STRIPE_PUBLISHABLE_KEY ?? null,
    apiUrl: values.PAYMENT_STRIPE_API_URL,
  };
}

function square(values: Values): SquareSettings {
  const { SQUARE_ACCESS_TOKEN: accessToken, SQUARE_LOCATION_ID: locationId } = values;
  const { SQUARE_WEBHOOK_SIGNATURE_KEY: keys, SQUARE_WEBHOOK_URL: webhookUrl } = values;
  if (!accessToken || !locationId || !keys || !webhookUrl) {
    return off(values, [
      'SQUARE_ACCESS_TOKEN',
      'SQUARE_LOCATION_ID',
      'SQUARE_WEBHOOK_SIGNATURE_KEY',
      'SQUARE_WEBHOOK_URL',
    ]);
  }
  return {
    kind: 'on',
    accessToken,
    locationId,
    currency: values.SQUARE_CURRENCY,
    applicationId: values.SQUARE_APPLICATION_ID ?? null,
    webhookSignatureKeys: keys,
    webhookUrl,
    apiUrl: values.PAYMENT_SQUARE_API_URL,
  };
}

function paypal(values: Values): PayPalSettings {
  const { PAYPAL_CLIENT_ID: clientId, PAYPAL_CLIENT_SECRET: clientSecret } = values;
  const { PAYPAL_WEBHOOK_ID: webhookIds, PAYMENT_PAYPAL_API_URL: apiUrl } = values;
  if (!clientId || !clientSecret || !webhookIds) {
    return off(values, ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET', 'PAYPAL_WEBHOOK_ID']);
  }
  return {
    kind: 'on',
    clientId,
    clientSecret,
    webhookIds,
    apiUrl,
    certificateHosts: PAYPAL_HOSTS[apiUrl] ?? [new URL(apiUrl).host],
    certificateAuthorities: values.PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY ?? null,
  };
}

function off(values: Values, needed: readonly VariableName[]) {
  const missing = needed.filter((name) => values[name] === undefined);
  const [last, ...others] = missing.toReversed();
  const names = others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`;
  const isUntouched = missing.length === needed.length;
  return { kind: 'off' as const, missing, reason: `${names} not set`, isUntouched };
}
