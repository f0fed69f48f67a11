import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GatewayEvent, WebhookDelivery } from '../../src/gateways/gateway.ts';
import { paypal } from '../conformance/paypal-subject.ts';
import { square } from '../conformance/square-subject.ts';
import { stripe } from '../conformance/stripe-subject.ts';
import type { OpenSubject } from '../conformance/subject.ts';
import { usedHeapBytes } from './heap.ts';
import { createRandom } from './random.ts';
import { SEED, WEBHOOKS_EACH } from './scale.ts';
import { everyWebhook } from './sent-webhooks.ts';
import { forge, SIGNINGS, type Signing } from './webhook-forgeries.ts';

/** What may stay behind after any number of deliveries: compiled code and caches, nothing per delivery. */
const HEAP_ALLOWANCE_BYTES = 24 * 1_024 * 1_024;
/** Far more than a delivery takes, on any machine. */
const TIMEOUT_MS = 60_000 + WEBHOOKS_EACH * 10;

describe.each([stripe, square, paypal])('deliveries to $name', ({ name, open }) => {
  let subject: OpenSubject;
  let sent: readonly WebhookDelivery[] = [];
  const signing = SIGNINGS[name] as Signing;
  beforeAll(async () => {
    subject = await open();
    sent = await everyWebhook(subject);
  });
  afterAll(() => subject.close());

  /** What is wrong with how the adapter took this delivery; `null` where nothing is. */
  const judge = async (delivery: WebhookDelivery): Promise<string | null> => {
    const verdict = await subject.gateway.verifyWebhook(delivery);
    const genuine = signing.isGenuine(delivery, sent, subject.deliveries.url);
    if (verdict.kind === 'verified' && !genuine) return 'a forged signature was accepted';
    const judged = verdict.kind === 'verified' || verdict.reason !== 'verification_unavailable';
    if (verdict.kind === 'rejected' && judged && sent.some((one) => isSame(one, delivery))) {
      return `a genuine delivery was rejected: ${verdict.reason}`;
    }
    return judgeTranslation(() => subject.gateway.translateWebhook(delivery.rawBody));
  };

  test(
    'whatever is sent crashes nothing, no forged signature is accepted, and nothing stays in memory',
    { timeout: TIMEOUT_MS },
    async () => {
      let heapBytes = 0;
      let verified = 0;
      for (let i = 0; i < WEBHOOKS_EACH; i += 1) {
        const delivery = forge(createRandom(SEED, i), sent, signing, subject.deliveries.url);
        const problem = await judge(delivery).catch((error: unknown) => describeThrown(error));
        if (problem !== null) throw new Error(`${problem}\n${show(delivery, i)}`);
        if (i % 16 === 0 && (await subject.gateway.verifyWebhook(delivery)).kind === 'verified') {
          verified += 1;
        }
        // What the first ones leave behind is not counted: code is compiled, certificates are fetched.
        if (i === Math.floor(WEBHOOKS_EACH / 4)) heapBytes = usedHeapBytes();
      }
      expect(usedHeapBytes() - heapBytes).toBeLessThan(HEAP_ALLOWANCE_BYTES);
      // Otherwise nothing behind the signature would have been reached.
      expect(verified).toBeGreaterThan(WEBHOOKS_EACH / 16 / 20);
    },
  );
});

function isSame(one: WebhookDelivery, other: WebhookDelivery): boolean {
  return one.headers === other.headers && one.rawBody === other.rawBody;
}

/** A body that is not the gateway's may be refused, with an error that says why; a bug in reading it may not. */
function judgeTranslation(translate: () => GatewayEvent): string | null {
  let event: GatewayEvent;
  try {
    event = translate();
  } catch (error) {
    const isBug =
      error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
    return isBug || !(error instanceof Error) ? describeThrown(error) : null;
  }
  return findUnstorable(event);
}

/** The first value that PostgreSQL could not take, or that is no number. */
function findUnstorable(value: unknown): string | null {
  if (typeof value === 'string') {
    return value.isWellFormed() && !value.includes('\0') ? null : 'a text cannot be stored';
  }
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${value} is no number`;
  if (typeof value === 'bigint') {
    return value >= -(2n ** 63n) && value < 2n ** 63n ? null : `${value} cannot be stored`;
  }
  if (value instanceof Date) {
    const year = value.getUTCFullYear();
    return year >= 1 && year <= 9_999 ? null : 'a time cannot be stored';
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const member of Object.values(value)) {
    const problem = findUnstorable(member);
    if (problem !== null) return problem;
  }
  return null;
}

function describeThrown(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
}

/** All that is needed to send it again. */
function show({ headers, rawBody, receivedAt }: WebhookDelivery, index: number): string {
  const sent = { headers, receivedAt, body: Buffer.from(rawBody).toString('base64') };
  return `FUZZ_SEED=${SEED}, delivery ${index}: ${JSON.stringify(sent)}`;
}
