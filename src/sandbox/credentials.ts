/** Keys that open the sandboxes and nothing else, by what they are called at each gateway. */
export const SANDBOX_KEYS = {
  secretKey: 'sk_test_sandbox_opens_nothing_real',
  publishableKey: 'pk_test_sandbox_opens_nothing_real',
  webhookSecret: 'whsec_sandbox_signs_nothing_real',
} as const;

export const SQUARE_SANDBOX_KEYS = {
  accessToken: 'EAAA-sandbox-opens-nothing-real',
  applicationId: 'sandbox-sq0idb-opens-nothing-real',
  locationId: 'LSANDBOXUSD00',
  signatureKey: 'sandbox-signs-nothing-real',
} as const;

export const PAYPAL_SANDBOX_KEYS = {
  clientId: 'sandbox-client-opens-nothing-real',
  clientSecret: 'sandbox-secret-opens-nothing-real',
  webhookId: 'SANDBOXWEBHOOK1',
} as const;
