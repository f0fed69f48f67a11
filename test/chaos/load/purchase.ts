import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { GatewayName } from '../world/names.ts';
import type { Call, Client } from './client.ts';

/** What the customer has in hand at each gateway: one that pays, and one that the issuer declines. */
export const TOKENS = {
  stripe: { good: 'pm_card_visa', bad: 'pm_card_chargeDeclined' },
  square: { good: 'cnon:card-nonce-ok', bad: 'cnon:card-nonce-declined' },
  paypal: { good: 'paypal', bad: 'paypal' },
} as const satisfies Record<GatewayName, { good: string; bad: string }>;

/** A currency that all three take. */
export const CURRENCY = 'USD';
export const RETURN_URL = 'https://shop.example/back';

/** What a customer and an application do with one payment, from beginning to end. */
export interface Purchase {
  name: string;
  /** The story's name, such as `held`. */
  story: string;
  /** Where the payment is to be made; `null` where Tender decides. */
  gateway: GatewayName | null;
  /** Minor units. */
  amount: number;
  /** Whether the customer ever offered something that is declined, or failed to authenticate. */
  mayBeDeclined: boolean;
  paymentId: string | null;
}

/** What happens to a payment that neither its application nor an operator could bring about. */
export interface Backstage {
  /** The gateway does not take the order's payment, and does not say so, until all faults are over. */
  silence(orderId: string): Promise<void>;
  /** Makes the payment's calls two days older, so that the gateway remembers none of their keys. */
  letDaysPass(paymentId: string): Promise<void>;
  /** A browser pays at Stripe itself, as far as Stripe lets it. */
  payInBrowser(clientSecret: string, paymentMethod: string): Promise<void>;
}

/** What a story has to hand. */
export interface Shop {
  purchase: Purchase;
  random: Random;
  ended: AbortSignal;
  /** Creates the payment, with the purchase's amount and place. */
  create(body: object, client?: { twice: boolean }): Promise<Call>;
  /** An operation on the payment, under a key of its own unless `key` names one. */
  act(
    operation: 'confirm' | 'capture' | 'cancel' | 'refunds' | 'sync',
    body?: object,
    key?: string,
  ): Promise<Call>;
  /** The payment as it is; `null` where nobody says. */
  look(): Promise<any>;
  /** The payment once it waits for nobody but its customer or its merchant; `null` where the end came first. */
  calm(): Promise<any>;
  /** An operator says of the payment that the gateway has not taken it. */
  decideNotCharged(note: string): Promise<Call>;
  backstage: Backstage;
  /** The customer on a page of the gateway or the bank. */
  visit(payment: any, result: string): Promise<void>;
}

/** Makes everything that a story of one purchase needs; from the purchase's name every key follows. */
export function openShop({
  client,
  backstage,
  ...given
}: Pick<Shop, 'purchase' | 'random' | 'ended' | 'backstage'> & { client: Client }): Shop {
  const { purchase, ended } = given;
  let operations = 0;
  const post = (path: string, key: string | null, body: object | null) =>
    client.call(purchase.name, { method: 'POST', path, key, body });
  const look = async () => {
    const path = `/api/v1/payments/${purchase.paymentId ?? ''}`;
    const call = { method: 'GET', path, key: null, body: null } as const;
    return (await client.call(purchase.name, call)).answer?.json ?? null;
  };
  return {
    ...given,
    backstage,
    decideNotCharged(note) {
      const path = `/api/v1/admin/payments/${purchase.paymentId ?? ''}/resolve`;
      const reason = 'The customer asks for their parcel.';
      return post(path, null, { decision: 'not_charged', evidence: { note }, reason });
    },
    async create(body, { twice } = { twice: false }) {
      const whole = {
        amount: purchase.amount,
        currency: CURRENCY,
        order_id: purchase.name,
        ...(purchase.gateway === null ? {} : { gateway: purchase.gateway }),
        ...body,
      };
      const once = () => post('/api/v1/payments', `${purchase.name}-create`, whole);
      const [call] = await Promise.all(twice ? [once(), once()] : [once()]);
      purchase.paymentId = paymentIdOf(call);
      return call;
    },
    act(operation, body = {}, key = `${purchase.name}-${operation}-${operations++}`) {
      const path = `/api/v1/payments/${purchase.paymentId ?? ''}/${operation}`;
      // Whoever asks Tender to look moves no money, and may look as often as they like.
      return post(path, operation === 'sync' ? null : key, body);
    },
    look,
    async calm() {
      while (!ended.aborted && purchase.paymentId !== null) {
        const payment = await look();
        if (payment && payment.status !== 'processing') return payment;
        await pause(250, ended);
      }
      return null;
    },
    async visit(payment, result) {
      const url = payment?.next_action?.url;
      if (typeof url !== 'string') return;
      while (!ended.aborted) {
        const body = new URLSearchParams({ result });
        const signal = AbortSignal.timeout(3_000);
        // Whoever has decided is told so when the page is sent again, and that is an answer too.
        const done = await fetch(url, { method: 'POST', body, redirect: 'manual', signal }).then(
          ({ status }) => status < 500 && status !== 429,
          () => false,
        );
        if (done) return;
        await pause(200, ended);
      }
    },
  };
}

/** The payment that an answer is about, also where it is a problem. */
export function paymentIdOf({ answer }: Call): string | null {
  const { json } = answer ?? {};
  const id = json?.payment?.id ?? json?.id ?? null;
  return typeof id === 'string' && id.startsWith('pay_') ? id : null;
}

export async function pause(ms: number, ended: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: ended }).catch(() => undefined);
}
