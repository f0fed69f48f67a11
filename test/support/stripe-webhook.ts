import { createHmac, randomUUID } from 'node:crypto';
import { KEYS, type Tender } from './tender.ts';

/** An event as Stripe writes it; tests change what they need. */
export interface StripeEvent {
  id: string;
  type: string;
  created: number;
  data: { object: StripeObject };
}

export type StripeObject = Record<string, unknown> & { object: string; id: string };

export interface Delivery {
  /** What is sent, byte for byte. */
  body: string | Uint8Array<ArrayBuffer>;
  secret?: string;
  /** When it claims to be signed, in seconds from now. */
  signedInSeconds?: number;
  /** Takes the place of the signature; `null` sends none. */
  signature?: string | null;
  gateway?: string;
  requestId?: string;
  apiUrl?: string;
}

export interface DeliveryAnswer {
  status: number;
  text: string;
  /** The code of the problem document; `null` where the answer is none. */
  code: string | null;
}

/**
 * The value of `Stripe-Signature`, made from the documentation and not by the product's own code:
 * https://docs.stripe.com/webhooks#verify-manually
 */
export function signStripe(
  body: string | Uint8Array,
  secret: string = KEYS.webhookSecret,
  signedInSeconds = 0,
): string {
  const time = Math.floor(Date.now() / 1_000) + signedInSeconds;
  const hmac = createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
  return `t=${time},v1=${hmac}`;
}

/** Sends a delivery to the API as the gateway would, signed unless told otherwise. */
export async function deliver(
  { apiUrl }: Pick<Tender, 'apiUrl'>,
  delivery: Delivery,
): Promise<DeliveryAnswer> {
  const { body, secret, signedInSeconds, gateway = 'stripe', requestId } = delivery;
  const signature =
    delivery.signature === undefined
      ? signStripe(body, secret, signedInSeconds)
      : delivery.signature;
  const base = delivery.apiUrl ?? apiUrl;
  const response = await fetch(`${base}/api/v1/payments/webhook/${gateway}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(signature === null ? {} : { 'stripe-signature': signature }),
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    },
    body,
  });
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.includes('problem') ?? false;
  const code = isProblem ? (JSON.parse(text) as { code: string }).code : null;
  return { status: response.status, text, code };
}

/** Delivers events as they are, at most `concurrency` at once, and gives the statuses in the same order. */
export async function deliverAll(
  tender: Pick<Tender, 'apiUrl'>,
  events: readonly object[],
  concurrency = 16,
): Promise<number[]> {
  return mapConcurrently(events, concurrency, async (event) => {
    const { status } = await deliver(tender, { body: JSON.stringify(event) });
    return status;
  });
}

/** Does the same for each item, at most `concurrency` at once; the results keep the order. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const hand = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: concurrency }, hand));
  return results;
}

/** An event of our own making about an object of the gateway. */
export function eventAbout(object: StripeObject, type: string, id = newEventId()): StripeEvent {
  return { id, created: Math.floor(Date.now() / 1_000), data: { object }, type };
}

export function newEventId(): string {
  return `evt_${randomUUID().replaceAll('-', '')}`;
}

/** Calls the sandbox as somebody other than Tender: the customer's browser, or the dashboard. */
export async function atGateway<T = StripeObject>(
  { sandbox }: Pick<Tender, 'sandbox'>,
  method: 'GET' | 'POST',
  path: string,
  form: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${KEYS.secretKey}` },
    ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** The events that the sandbox has recorded, the oldest first; `about` keeps those about one payment intent. */
export async function eventsAtGateway(
  tender: Pick<Tender, 'sandbox'>,
  about?: string,
): Promise<StripeEvent[]> {
  const all: StripeEvent[] = [];
  for (let after = ''; ;) {
    const page = await atGateway<{ data: StripeEvent[]; has_more: boolean }>(
      tender,
      'GET',
      `/v1/events?limit=100${after === '' ? '' : `&starting_after=${after}`}`,
    );
    all.push(...page.data);
    after = page.data.at(-1)?.id ?? '';
    if (!page.has_more) break;
  }
  const events = all.reverse();
  return about === undefined ? events : events.filter((each) => intentOf(each) === about);
}

/** The payment intent that an event is about. */
export function intentOf({ data: { object } }: StripeEvent): unknown {
  return object.object === 'payment_intent' ? object.id : object['payment_intent'];
}

/** Keeps the sandbox from sending anything, so that a test delivers what it wants when it wants. */
export function withholdWebhooks({ sandbox }: Pick<Tender, 'sandbox'>): void {
  sandbox.faults.add({ webhook: { kind: 'withhold' } });
}

export interface PaidPayment {
  id: string;
  intent: string;
}

/** Creates a payment here, has its customer pay at the gateway itself, and tells Tender nothing of that. */
export async function payBehindOurBack(tender: Tender, amount = 10_000): Promise<PaidPayment> {
  const payment = await createUnpaid(tender, amount);
  await atGateway(tender, 'POST', `/v1/payment_intents/${payment.intent}/confirm`, {
    payment_method: 'pm_card_visa',
    return_url: 'https://shop.example/done',
  });
  return payment;
}

/** Creates a payment that waits for its customer. */
export async function createUnpaid(
  tender: Tender,
  amount = 10_000,
  more: object = {},
): Promise<PaidPayment> {
  const body = { amount, currency: 'EUR', ...more };
  const { status, text, json } = await tender.call('POST', '/api/v1/payments', { body });
  if (status !== 201) throw new Error(`${status} ${text}`);
  const { id } = json as { id: string };
  const [row] = await tender.db.sql<{ gatewayPaymentId: string }[]>`
    SELECT gateway_payment_id FROM payments WHERE id = ${id}`;
  return { id, intent: row?.gatewayPaymentId ?? '' };
}

export interface Receipt {
  state: string;
  tries: number;
  lastError: string | null;
  paymentId: string | null;
}

/** How a stored event stands; `undefined` where it is not stored. */
export async function receiptOf(
  { db }: Pick<Tender, 'db'>,
  eventId: string,
): Promise<Receipt | undefined> {
  const [row] = await db.sql<Receipt[]>`
    SELECT state, tries, last_error, payment_id FROM webhook_receipts WHERE event_id = ${eventId}`;
  return row;
}

/** The types of the events that Tender tells about a payment, in their order. */
export async function toldAbout({ db }: Pick<Tender, 'db'>, paymentId: string): Promise<string[]> {
  const rows = await db.sql<{ type: string }[]>`
    SELECT type FROM events WHERE payment_id = ${paymentId} ORDER BY payment_sequence`;
  return rows.map(({ type }) => type);
}
