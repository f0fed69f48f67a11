import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Caller } from './checkout.ts';
import type { AnySandbox, Answer } from './tender.ts';

/** Raising and ending disputes as a customer's bank does. */

/** A gateway whose payments can be disputed. */
type Disputable = { sandbox: Pick<AnySandbox, 'url'> };

/** Has the sandbox dispute a payment; without an amount, all of it. Gives the gateway's id of the dispute. */
export async function disputeAtGateway(
  tender: Disputable,
  payment: Answer['json'],
  { amount, reason }: { amount?: number; reason?: string } = {},
): Promise<string> {
  const made = await control(tender, '/__sandbox/disputes', {
    payment: payment.gateway_payment_id,
    amount,
    reason,
  });
  return made.id as string;
}

/** Ends a dispute. */
export async function decide(tender: Disputable, id: string, end: 'win' | 'lose'): Promise<void> {
  await control(tender, `/__sandbox/disputes/${id}/${end}`);
}

/** Has the sandbox send an event of this type, with these values at their dotted paths. */
export async function sendEvent(
  tender: Disputable,
  type: string,
  set: Record<string, unknown>,
): Promise<void> {
  await control(tender, '/__sandbox/events', { type, set });
}

async function control(
  { sandbox }: Disputable,
  path: string,
  body: object = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** A payment's disputes, the newest first. */
export async function disputesOf(tender: Caller, payment: string): Promise<Answer['json'][]> {
  return (await tender.call('GET', `/api/v1/disputes?payment_id=${payment}`)).json.data;
}

/** Waits until the payment's newest dispute looks like this, and gives it back. */
export function untilDisputed(
  tender: Caller,
  payment: string,
  expected: object = {},
): Promise<Answer['json']> {
  return eventually(async () => {
    const [dispute] = await disputesOf(tender, payment);
    expect(dispute).toBeDefined();
    expect(dispute).toMatchObject(expected);
    return dispute;
  }, 20_000);
}
