import { insistsOnTls } from './connection-url.ts';
import type { Finding, Given, Rule } from './rule.ts';
import type { Secret } from './secret.ts';
import { uses } from './variable.ts';
import { VARIABLES, type VariableName } from './variables.ts';

const LONGEST_TOLERANCE_SECONDS = 600;
const SHORTEST_SECRET = 32;
/** Where production takes payments. */
const REAL_APIS = {
  PAYMENT_STRIPE_API_URL: 'https://api.stripe.com',
  PAYMENT_SQUARE_API_URL: 'https://connect.squareup.com',
  PAYMENT_PAYPAL_API_URL: 'https://api-m.paypal.com',
} as const satisfies Partial<Record<VariableName, string>>;

/** What staging and production refuse because it is unsafe. */
export const guardedRules: readonly Rule[] = [
  databaseIsNamed,
  databaseConnectionsUseTls,
  redisConnectionUsesTls,
  signatureToleranceIsShort,
  adminTokenIsLong,
  auditKeyIsLong,
  noFailPoints,
];

/** What production refuses beside that, and staging needs: test keys and sandboxes. */
export const productionRules: readonly Rule[] = [noTestKeys, gatewaysAreTheRealOnes];

/** What development and staging refuse: there API keys are for tests, and tests must not move real money. */
export const testingRules: readonly Rule[] = [noLiveCredentials];

function noLiveCredentials({ values, environment }: Given): Finding[] {
  const findings: Finding[] = [];
  if (isSecretWhere(values.STRIPE_SECRET_KEY, (key) => /^[sr]k_live_/.test(key))) {
    const problem = `is a live key, which moves real money, and this is ${environment}`;
    findings.push({ variable: 'STRIPE_SECRET_KEY', problem });
  }
  const isReal = (variable: keyof typeof REAL_APIS) => values[variable] === REAL_APIS[variable];
  const problem = `is where real money moves, and this is ${environment}`;
  if (values.SQUARE_ACCESS_TOKEN !== undefined && isReal('PAYMENT_SQUARE_API_URL')) {
    findings.push({ variable: 'PAYMENT_SQUARE_API_URL', problem });
  }
  if (values.PAYPAL_CLIENT_SECRET !== undefined && isReal('PAYMENT_PAYPAL_API_URL')) {
    findings.push({ variable: 'PAYMENT_PAYPAL_API_URL', problem });
  }
  return findings;
}

function databaseIsNamed({ command, environment, origins }: Given): Finding[] {
  if (!uses(command, VARIABLES.DATABASE_URL) || origins.has('DATABASE_URL')) return [];
  const problem = `is required in ${environment}: the embedded database is for development only`;
  return [{ variable: 'DATABASE_URL', problem }];
}

function databaseConnectionsUseTls({ values }: Given): Finding[] {
  return (['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_MIGRATION_URL'] as const)
    .filter((variable) => isSecretWhere(values[variable], (url) => !insistsOnTls(url)))
    .map((variable) => ({
      variable,
      problem: 'does not insist on TLS: it needs sslmode=require, verify-ca or verify-full',
    }));
}

function redisConnectionUsesTls({ values }: Given): Finding[] {
  return isSecretWhere(values.PAYMENT_REDIS_URL, (url) => new URL(url).protocol !== 'rediss:')
    ? [{ variable: 'PAYMENT_REDIS_URL', problem: 'is without TLS: it must begin with rediss://' }]
    : [];
}

function signatureToleranceIsShort({ values }: Given): Finding[] {
  const seconds = values.PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS;
  if (seconds === undefined || seconds <= LONGEST_TOLERANCE_SECONDS) return [];
  const problem =
    `is ${seconds} seconds, for which an intercepted webhook could be sent again; ` +
    `at most ${LONGEST_TOLERANCE_SECONDS} are allowed`;
  return [{ variable: 'PAYMENT_WEBHOOK_SIGNATURE_TOLERANCE_SECONDS', problem }];
}

function adminTokenIsLong({ values }: Given): Finding[] {
  return isSecretWhere(values.TENDER_ADMIN_TOKEN, (token) => token.length < SHORTEST_SECRET)
    ? [
        {
          variable: 'TENDER_ADMIN_TOKEN',
          problem: `is shorter than ${SHORTEST_SECRET} characters and could be guessed`,
        },
      ]
    : [];
}

function auditKeyIsLong({ values }: Given): Finding[] {
  return isSecretWhere(values.TENDER_AUDIT_KEY, (key) => key.length < SHORTEST_SECRET)
    ? [
        {
          variable: 'TENDER_AUDIT_KEY',
          problem: `is shorter than ${SHORTEST_SECRET} characters and could be guessed`,
        },
      ]
    : [];
}

function noFailPoints({ values, environment }: Given): Finding[] {
  return values.TENDER_FAIL_POINTS === undefined
    ? []
    : [{ variable: 'TENDER_FAIL_POINTS', problem: `must not be set in ${environment}` }];
}

function noTestKeys({ values }: Given): Finding[] {
  const isTestKey = (key: string) => /^[srp]k_test_/.test(key);
  const variables: VariableName[] = [];
  if (isSecretWhere(values.STRIPE_SECRET_KEY, isTestKey)) variables.push('STRIPE_SECRET_KEY');
  const publishableKey = values.STRIPE_PUBLISHABLE_KEY;
  if (publishableKey !== undefined && isTestKey(publishableKey)) {
    variables.push('STRIPE_PUBLISHABLE_KEY');
  }
  // Square's own form: https://developer.squareup.com/docs/build-basics/access-tokens
  if (values.SQUARE_APPLICATION_ID?.startsWith('sandbox-')) variables.push('SQUARE_APPLICATION_ID');
  return variables.map((variable) => ({
    variable,
    problem: 'is a test key, with which no payment is real',
  }));
}

function gatewaysAreTheRealOnes({ values }: Given): Finding[] {
  const findings: Finding[] = Object.entries(REAL_APIS)
    .map(([variable, real]) => ({ variable: variable as keyof typeof REAL_APIS, real }))
    .filter(({ variable, real }) => values[variable] !== undefined && values[variable] !== real)
    .map(({ variable, real }) => ({
      variable,
      problem: `is "${values[variable]}", but production takes payments at ${real} only`,
    }));
  if (values.PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY !== undefined) {
    findings.push({
      variable: 'PAYMENT_PAYPAL_CERTIFICATE_AUTHORITY',
      problem: 'is set, but production trusts the certificates that Node trusts only',
    });
  }
  return findings;
}

function isSecretWhere(secret: Secret | undefined, test: (value: string) => boolean): boolean {
  return secret !== undefined && test(secret.reveal());
}
