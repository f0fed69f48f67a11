import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { WebhookDelivery } from '../../src/gateways/gateway.ts';
import { SANDBOX_KEYS, SQUARE_SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import { damageBody, damageText } from './damage.ts';
import type { Random } from './random.ts';

/** Deliveries as an attacker or an accident makes them, and who can tell them from the gateway's own. */

export type Headers = WebhookDelivery['headers'];

/** What the fuzzer has to know of a gateway's signatures. It is written from the documentation, not from the adapter. */
export interface Signing {
  /** The headers that the signature stands in or is made over. */
  headers: readonly string[];
  /** Signs a body as the gateway does; `null` where only the gateway has the key. */
  sign: ((body: Uint8Array, url: string, at: Date) => Headers) | null;
  /** Whether the gateway signed this, given what it is known to have sent. */
  isGenuine: (delivery: WebhookDelivery, sent: readonly WebhookDelivery[], url: string) => boolean;
}

const hmac = (key: string, ...parts: (string | Uint8Array)[]) =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest();

const isSame = (given: Buffer, expected: Buffer) =>
  given.length === expected.length && timingSafeEqual(given, expected);

export const SIGNINGS: Readonly<Record<string, Signing>> = {
  stripe: {
    headers: ['stripe-signature'],
    sign(body, _url, at) {
      const time = Math.floor(at.getTime() / 1_000);
      const signature = hmac(SANDBOX_KEYS.webhookSecret, `${time}.`, body).toString('hex');
      return { 'stripe-signature': `t=${time},v1=${signature}` };
    },
    isGenuine({ headers, rawBody }) {
      const items = String(headers['stripe-signature'])
        .split(',')
        .map((item) => item.trim().split('='));
      const times = items.filter(([name]) => name === 't').map(([, value = '']) => value);
      const given = items.filter(([name]) => name === 'v1').map(([, value = '']) => value);
      return times.some((time) => {
        const expected = hmac(SANDBOX_KEYS.webhookSecret, `${time}.`, rawBody);
        return given.some((each) => isSame(Buffer.from(each, 'hex'), expected));
      });
    },
  },
  square: {
    headers: ['x-square-hmacsha256-signature'],
    sign: (body, url) => ({
      'x-square-hmacsha256-signature': hmac(SQUARE_SANDBOX_KEYS.signatureKey, url, body).toString(
        'base64',
      ),
    }),
    isGenuine({ headers, rawBody }, _sent, url) {
      const expected = hmac(SQUARE_SANDBOX_KEYS.signatureKey, url, rawBody);
      const given = String(headers['x-square-hmacsha256-signature']);
      return isSame(Buffer.from(given, 'base64'), expected);
    },
  },
  paypal: {
    headers: [
      'paypal-auth-algo',
      'paypal-cert-url',
      'paypal-transmission-id',
      'paypal-transmission-sig',
      'paypal-transmission-time',
    ],
    sign: null,
    isGenuine({ headers, rawBody }, sent) {
      const signed = ['paypal-transmission-id', 'paypal-transmission-time'];
      return sent.some(
        (one) =>
          crc32(one.rawBody) === crc32(rawBody) &&
          signed.every((name) => one.headers[name] === headers[name]) &&
          isSame(bytesOf(headers), bytesOf(one.headers)),
      );
    },
  },
};

function bytesOf(headers: Headers): Buffer {
  return Buffer.from(String(headers['paypal-transmission-sig']), 'base64');
}

/** One delivery that is nearly a genuine one, or is one. */
export function forge(
  random: Random,
  sent: readonly WebhookDelivery[],
  signing: Signing,
  url: string,
): WebhookDelivery {
  const { headers, rawBody, receivedAt } = random.pick(sent);
  switch (random.below(8)) {
    case 0:
      return { headers, rawBody, receivedAt };
    case 1:
      // The signature of one delivery with the body of another.
      return { headers, rawBody: random.pick(sent).rawBody, receivedAt };
    case 2:
    case 3:
      return { headers, rawBody: damageBody(random, rawBody), receivedAt };
    case 4:
    case 5: {
      // Signed by whoever has the key, so that what comes after the signature is reached as well.
      const body = damageBody(random, rawBody);
      const signed = signing.sign?.(body, url, receivedAt) ?? headers;
      return { headers: { ...headers, ...signed }, rawBody: body, receivedAt };
    }
    default:
      return { headers: damageHeaders(random, headers, sent, signing), rawBody, receivedAt };
  }
}

function damageHeaders(
  random: Random,
  headers: Headers,
  sent: readonly WebhookDelivery[],
  signing: Signing,
): Headers {
  const damaged: Record<string, string | string[] | undefined> = { ...headers };
  for (let changes = 1 + random.below(2); changes > 0; changes -= 1) {
    const name = random.pick(signing.headers);
    const value = String(damaged[name]);
    switch (random.below(7)) {
      case 0:
        delete damaged[name];
        break;
      case 1:
        damaged[name] = random.pick(['', ' ', ',', '=', 't=,v1=', 'null', 'x'.repeat(9_000)]);
        break;
      case 2:
        damaged[name] = [value, value];
        break;
      case 3:
        damaged[name] = random.pick(sent).headers[name];
        break;
      case 4:
        damaged[name] = `${value},${random.pick(sent).headers[name] as string}`;
        break;
      default:
        damaged[name] = damageText(random, value);
    }
  }
  return damaged;
}
