import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultProxy } from '../support/fault-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { GATEWAYS } from '../support/gateways.ts';
import {
  openStripeSandbox,
  startTenderWith,
  type AnySandbox,
  type Tender,
} from '../support/tender.ts';

/** A gateway goes away under load and comes back. */

const CLIENTS = 6;
/** As long as a breaker that does not open may cost payments, in milliseconds. */
const LONGEST_OUTAGE_MS = 5_000;

let tender: Tender;
let square: AnySandbox;
/** Where nobody listens while it is shut, and the sandbox behind it keeps what it knows. */
let wayToStripe: FaultProxy | undefined;
let stripePort: number;

async function openWayToStripe(): Promise<void> {
  wayToStripe = await FaultProxy.open(wayToStripe?.port ?? (await freePorts(1))[0]!);
  wayToStripe.leadTo(stripePort);
}

beforeAll(async () => {
  const open = GATEWAYS.find(({ name }) => name === 'square')?.open;
  tender = await startTenderWith(
    async (baseUrl) => {
      const stripe = await openStripeSandbox(baseUrl);
      const other = await open!(baseUrl);
      square = other.sandbox;
      stripePort = Number(new URL(stripe.sandbox.url).port);
      await openWayToStripe();
      const settings = { ...stripe.settings, PAYMENT_STRIPE_API_URL: wayToStripe!.url };
      return { sandbox: stripe.sandbox, settings: { ...settings, ...other.settings } };
    },
    { env: { PAYMENT_GATEWAY_BREAKER_FAILURES: '5' } },
  );
});
afterAll(async () => {
  await tender.close();
  await wayToStripe?.close();
  await square.close();
});

interface Outcome {
  /** When the request was sent and when its answer came, in milliseconds. */
  sentAt: number;
  at: number;
  status: number;
  gateway: string | null;
  id: string | null;
}

/** Applications that create payments, without a word on the gateway, until they are stopped. */
function load(outcomes: Outcome[]): { stop: () => Promise<void> } {
  let goesOn = true;
  const body = {
    amount: 1_000,
    currency: 'USD',
    confirm: true,
    payment_methods: { stripe: 'pm_card_visa', square: 'cnon:card-nonce-ok' },
  };
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (goesOn) {
      const sentAt = performance.now();
      const { status, json } = await tender.call('POST', '/api/v1/payments', { body });
      const { id = null, gateway = null } = json;
      outcomes.push({ sentAt, at: performance.now(), status, gateway, id });
    }
  });
  return {
    async stop() {
      goesOn = false;
      await Promise.all(clients);
    },
  };
}

async function breakerOf(gateway: string): Promise<string> {
  const [row] = await tender.db.sql<{ state: string }[]>`
    SELECT state FROM gateway_breakers WHERE gateway = ${gateway}`;
  return row?.state ?? 'closed';
}

test('payments go on at the other gateway while one is away, come back to it, and nobody is charged twice', async () => {
  const outcomes: Outcome[] = [];
  const applications = load(outcomes);
  await eventually(async () => expect(outcomes.length).toBeGreaterThan(20));
  const wentAt = performance.now();
  await wayToStripe?.close();
  await eventually(async () => expect(await breakerOf('stripe')).toBe('open'));
  const knownAt = performance.now() + 1_000;
  await eventually(async () =>
    expect(outcomes.filter(({ sentAt }) => sentAt > knownAt).length).toBeGreaterThan(20),
  );
  const during = outcomes.filter(({ sentAt }) => sentAt > knownAt);
  expect(new Set(during.map(({ status, gateway }) => `${status} ${gateway}`))).toEqual(
    new Set(['201 square']),
  );
  const failed = outcomes.filter(({ status, at }) => status >= 400 && at > wentAt);
  const failedFor = failed.length === 0 ? 0 : Math.max(...failed.map(({ at }) => at)) - wentAt;
  expect(failedFor).toBeLessThan(LONGEST_OUTAGE_MS);

  await openWayToStripe();
  await eventually(async () => {
    expect(outcomes.at(-1)).toMatchObject({ status: 201, gateway: 'stripe' });
  }, 60_000);
  await applications.stop();
  // What was caught in between is resolved at the gateway that was asked.
  await eventually(async () => {
    const open = await tender.db.sql`SELECT id FROM payments WHERE status <> 'succeeded'`;
    expect(open).toHaveLength(0);
  }, 60_000);

  const charged = await tender.db.sql<{ id: string; attempts: string[] }[]>`
    SELECT payment_id AS id, array_agg(id) AS attempts FROM payment_attempts GROUP BY payment_id`;
  for (const { id, attempts } of charged) {
    const stripe = tender.sandbox.books({ metadata: { tender_payment_id: id } }).payments;
    const other = attempts.flatMap(
      (attempt) => square.books({ metadata: { reference_id: attempt } }).payments,
    );
    const live = [...stripe, ...other]
      .flatMap(({ charges }) => charges)
      .filter(({ status }) => status === 'live');
    expect(live.length, id).toBe(1);
  }
});
