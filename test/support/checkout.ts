import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Answer, CallOptions, Tender } from './tender.ts';

/** What an application, its customer and somebody at the gateway's dashboard do, in few words. */

/** Whoever can call the API, whichever gateway is behind it. */
export type Caller = Pick<Tender, 'call'>;

/** Settings for tests in which no call takes long but on a busy machine: none of them is given up. */
export const PATIENT = { PAYMENT_GATEWAY_TIMEOUT_SECONDS: '15', PAYMENT_LEASE_SECONDS: '20' };

/** 100.00 EUR, charged at once. */
export const VISA = {
  amount: 10_000,
  currency: 'EUR',
  payment_method: 'pm_card_visa',
  confirm: true,
};
/** 100.00 EUR that nobody pays yet. */
export const DRAFT = { amount: 10_000, currency: 'EUR' };
/** 100.00 EUR, authorized at once and captured later. */
export const HELD = { ...VISA, capture_method: 'manual' };
/** A card whose owner has to authenticate first, on a page that leads back to the shop. */
export const CHALLENGED = {
  ...VISA,
  payment_method: 'pm_card_authenticationRequired',
  return_url: 'https://shop.example/back',
};

type Operation = 'confirm' | 'capture' | 'cancel' | 'refunds' | 'sync';

export function pay(tender: Caller, body: object = VISA, options: CallOptions = {}) {
  return tender.call('POST', '/api/v1/payments', { body, ...options });
}

/** An operation on a payment, with an Idempotency-Key of its own unless `options` names one. */
export function act(
  tender: Caller,
  id: string,
  operation: Operation,
  body: object = {},
  options: CallOptions = {},
): Promise<Answer> {
  return tender.call('POST', `/api/v1/payments/${id}/${operation}`, { body, ...options });
}

export async function read(tender: Caller, id: string): Promise<Answer['json']> {
  const answer = await tender.call('GET', `/api/v1/payments/${id}`);
  expect(answer.status).toBe(200);
  return answer.json;
}

/** Waits until the payment looks like this, and gives it back. */
export function until(
  tender: Caller,
  id: string,
  expected: object,
  timeoutMs = 20_000,
): Promise<Answer['json']> {
  return eventually(async () => {
    const payment = await read(tender, id);
    expect(payment).toMatchObject(expected);
    return payment;
  }, timeoutMs);
}

/** A payment's refunds, the newest first. */
export async function refundsOf(tender: Caller, id: string): Promise<Answer['json'][]> {
  return (await tender.call('GET', `/api/v1/payments/${id}/refunds`)).json.data;
}

/** A payment's events, in their order, once none is held back: the newest are while any SQL transaction beside them runs. */
export async function eventsOf(
  tender: Caller & Pick<Tender, 'db'>,
  id: string,
): Promise<Answer['json'][]> {
  return eventually(async () => {
    const { json } = await tender.call('GET', `/api/v1/events?payment_id=${id}&limit=100`);
    const written = await tender.db.sql`SELECT id FROM events WHERE payment_id = ${id} LIMIT 100`;
    expect(json.data).toHaveLength(written.length);
    return json.data as Answer['json'][];
  }, 30_000);
}

/** What the sandbox believes of this payment's charges that hold or took money. */
export function liveCharges({ sandbox }: Tender, paymentId: string) {
  const { payments } = sandbox.books({ metadata: { tender_payment_id: paymentId } });
  return payments.flatMap(({ charges }) => charges).filter(({ status }) => status === 'live');
}

/** Calls the gateway itself, as a browser with the publishable key or its dashboard with the secret one. */
export async function askStripe(
  { sandbox }: Tender,
  apiKey: string,
  path: string,
  parameters: Record<string, string>,
): Promise<Answer['json']> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: new URLSearchParams(parameters),
  });
  return response.json();
}

/** The customer on the bank's page. */
export async function authenticate(
  payment: Answer['json'],
  result: 'complete' | 'fail',
): Promise<void> {
  const { url } = payment.next_action;
  const body = new URLSearchParams({ result });
  const { status } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  expect([200, 303]).toContain(status);
}
