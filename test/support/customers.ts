import type { Answer, CallOptions, Tender } from './tender.ts';
import type { Caller } from './checkout.ts';
import { atSquare, type SquareTender } from './square.ts';

/** What an application does with customers and with what is kept for them, in few words. */

/** Makes a customer and gives them back. */
export async function newCustomer(tender: Caller, body: object = {}): Promise<Answer['json']> {
  const { status, text, json } = await tender.call('POST', '/api/v1/customers', { body });
  if (status !== 201) throw new Error(`${status} ${text}`);
  return json;
}

/** Asks for a payment method to be kept. */
export function save(
  tender: Caller,
  customer: string,
  paymentMethod = 'cnon:card-nonce-ok',
  options: CallOptions & { body?: object } = {},
): Promise<Answer> {
  return tender.call('POST', `/api/v1/customers/${customer}/payment-methods`, {
    ...options,
    body: { payment_method: paymentMethod, ...options.body },
  });
}

/** A customer's payment methods, the newest first. */
export async function methodsOf(tender: Caller, customer: string): Promise<Answer['json'][]> {
  const path = `/api/v1/customers/${customer}/payment-methods?limit=100`;
  return (await tender.call('GET', path)).json.data;
}

/** The customers that the gateway holds for one of ours. */
export async function customersAtGateway(
  tender: SquareTender,
  customer: string,
): Promise<{ id: string }[]> {
  const { customers = [] } = await atSquare(tender, 'GET', '/v2/customers?limit=100');
  return customers.filter((each: Answer['json']) => each.reference_id === customer);
}

/** What the gateway calls a method of ours. */
export async function gatewayMethodOf({ db }: Pick<Tender, 'db'>, id: string): Promise<string> {
  const [row] = await db.sql<{ gatewayMethodId: string }[]>`
    SELECT gateway_method_id FROM payment_methods WHERE id = ${id}`;
  return row?.gatewayMethodId ?? '';
}
