import { expect } from 'vitest';
import type { SquareSandbox } from '../../src/sandbox/square/start.ts';
import { startSquareSandbox } from '../../src/sandbox/square/start.ts';
import { SQUARE_SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import type { Answer, Tender } from './tender.ts';

/** Tender before Square's sandbox, which keeps cards and raises disputes, and what its dashboard sees. */

export type SquareTender = Tender<SquareSandbox>;

/** 100.00 USD that nobody pays yet. */
export const UNPAID = { amount: 10_000, currency: 'USD' };
/** 100.00 USD, charged at once. */
export const CARD = { ...UNPAID, payment_method: 'cnon:card-nonce-ok', confirm: true };

/** Opens Square's sandbox for Tender. */
export async function openSquareSandbox(baseUrl: string) {
  const { accessToken, applicationId, locationId, signatureKey } = SQUARE_SANDBOX_KEYS;
  const webhook = { url: `${baseUrl}/square`, signatureKey };
  const sandbox = await startSquareSandbox({ ...SQUARE_SANDBOX_KEYS, port: 0, webhook });
  const settings = {
    SQUARE_ACCESS_TOKEN: accessToken,
    SQUARE_APPLICATION_ID: applicationId,
    SQUARE_LOCATION_ID: locationId,
    SQUARE_WEBHOOK_SIGNATURE_KEY: signatureKey,
    SQUARE_WEBHOOK_URL: webhook.url,
    PAYMENT_SQUARE_API_URL: sandbox.url,
  };
  return { sandbox, settings };
}

/** Calls the gateway as its dashboard does. */
export async function atSquare(
  { sandbox }: Pick<SquareTender, 'sandbox'>,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Answer['json']> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${SQUARE_SANDBOX_KEYS.accessToken}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status, `${method} ${path}`).toBe(200);
  return response.json();
}

/** What the sandbox believes to have taken for a payment, in minor units; of all charges that it made for it. */
export function takenBySquare({ sandbox }: SquareTender, payment: Answer['json']): number {
  const { payments } = sandbox.books();
  return payments
    .filter(({ id }) => id === payment.gateway_payment_id)
    .flatMap(({ charges }) => charges)
    .filter(({ status }) => status === 'live')
    .reduce((sum, { captured }) => sum + captured, 0);
}
