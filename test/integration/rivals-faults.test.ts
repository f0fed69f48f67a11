import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';
import {
  act,
  authenticate,
  CHALLENGED,
  eventsOf,
  HELD,
  liveCharges,
  pay,
  PATIENT,
  read,
  refundsOf,
  until,
  VISA,
} from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { GATEWAYS } from '../support/gateways.ts';
import { expectSameBooks } from '../support/same-books.ts';
import {
  openStripeSandbox,
  startTenderWith,
  type AnySandbox,
  type Answer,
  type Tender,
} from '../support/tender.ts';

/**
 * Faults with money that are reported in public of other payment systems. Each is a property here; those that other
 * files prove already are listed with them in docs/reliability.md.
 */

let tender: Tender;
/** The gateway that sends the customer away and then waits to be asked for the money. */
let redirecting: AnySandbox;

beforeAll(async () => {
  const other = GATEWAYS.find(({ name }) => name === 'paypal');
  tender = await startTenderWith(
    async (baseUrl) => {
      const main = await openStripeSandbox(baseUrl);
      const second = await other!.open(baseUrl);
      redirecting = second.sandbox;
      return { sandbox: main.sandbox, settings: { ...main.settings, ...second.settings } };
    },
    { env: PATIENT },
  );
});
afterAll(async () => {
  tender.sandbox.faults.clear();
  await tender.settled();
  await redirecting.webhooks.idle();
  await expectSameBooks(tender, 'stripe');
  expect(redirecting.checkBooks()).toEqual([]);
  await tender.close();
  await redirecting.close();
});

const REFUND = { method: 'POST', path: '/v1/refunds$' } as const;
const CREATION = { method: 'POST', path: '/v1/payment_intents$' } as const;

/** A fault of the next call of this kind, which is told from others by the payment or the order that it is about. */
function failing(
  match: typeof REFUND | typeof CREATION,
  metadata: Record<string, string>,
  when: 'before' | 'after',
): FaultRuleInput {
  return { match: { ...match, metadata }, fault: { kind: 'drop', when }, times: 1 };
}

/** What the sandbox holds of this payment's refunds. */
function refundsAtGateway(paymentId: string) {
  const { payments } = tender.sandbox.books({ metadata: { tender_payment_id: paymentId } });
  return payments.flatMap(({ refunds }) => refunds);
}

async function attemptsOf(paymentId: string) {
  return tender.db.sql<{ id: string; gatewayKey: string }[]>`
    SELECT id, gateway_key FROM payment_attempts WHERE payment_id = ${paymentId} ORDER BY created_at`;
}

/** The types of a payment's events that tell of its end. */
async function timesTold(paymentId: string, type: string): Promise<number> {
  return (await eventsOf(tender, paymentId)).filter((event) => event.type === type).length;
}

// https://github.com/juspay/hyperswitch/issues/13182
test('of two refunds at once that together exceed the capture exactly one is made', async () => {
  const payments = await Promise.all(Array.from({ length: 8 }, () => pay(tender)));
  await Promise.all(
    payments.map(async ({ json: { id } }) => {
      const both = await Promise.all(
        [1, 2].map(() => act(tender, id, 'refunds', { amount: 6_000 })),
      );
      expect(both.map(({ status }) => status).sort()).toEqual([201, 422]);
      const refused = both.find(({ status }) => status === 422);
      expect(refused?.json.code).toBe('refund_exceeds_captured');
      await until(tender, id, { amount_refunded: 6_000, amount_refund_pending: 0 });
      expect(refundsAtGateway(id)).toMatchObject([{ amount: 6_000, status: 'succeeded' }]);
    }),
  );
});

// https://github.com/medusajs/medusa/issues/16292 and https://github.com/medusajs/medusa/issues/16681
describe.for(['before', 'after'] as const)('a call that is lost %s the work', (when) => {
  test('keeps its attempt and its key, so that however often it is repeated it charges once', async () => {
    const order_id = `lost ${when}`;
    tender.sandbox.faults.add(failing(CREATION, { order_id }, when));
    const send = () => pay(tender, { ...VISA, order_id }, { key: order_id });
    const lost = await send();
    expect(lost.status).toBe(202);
    const attempts = await attemptsOf(lost.json.id);
    expect(attempts).toHaveLength(1);
    const again = await Promise.all(Array.from({ length: 5 }, send));
    expect(again.map(({ json }) => json.id)).toEqual(again.map(() => lost.json.id));
    await until(tender, lost.json.id, { status: 'succeeded', amount_captured: 10_000 });
    expect(await attemptsOf(lost.json.id)).toEqual(attempts);
    expect(liveCharges(tender, lost.json.id)).toMatchObject([{ captured: 10_000 }]);
  });

  test('keeps its refund and its key, so that however often it is repeated it refunds once', async () => {
    const { json: payment } = await pay(tender);
    tender.sandbox.faults.add(failing(REFUND, { tender_payment_id: payment.id }, when));
    const body = { amount: 6_000 };
    const send = () => act(tender, payment.id, 'refunds', body, { key: `refund of ${payment.id}` });
    const lost = await send();
    expect(lost.status).toBe(202);
    const again = await Promise.all(Array.from({ length: 5 }, send));
    expect(again.map(({ json }) => json.id)).toEqual(again.map(() => lost.json.id));
    // Nor does another key get what may have been given back already.
    expect((await act(tender, payment.id, 'refunds', body)).status).toBe(422);
    await until(tender, payment.id, { amount_refunded: 6_000, amount_refund_pending: 0 });
    expect(refundsAtGateway(payment.id)).toMatchObject([{ amount: 6_000, status: 'succeeded' }]);
  });
});

// https://github.com/juspay/hyperswitch/issues/3751
test("a refund whose answer is lost ends with the gateway's own id for it", async () => {
  const { id: withheld } = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
  const { json: payment } = await pay(tender);
  tender.sandbox.faults.add(failing(REFUND, { tender_payment_id: payment.id }, 'after'));
  const lost = await act(tender, payment.id, 'refunds', { amount: 2_500 });
  expect(lost).toMatchObject({ status: 202, json: { status: 'pending' } });
  await until(tender, payment.id, { amount_refunded: 2_500, amount_refund_pending: 0 });
  const [theirs] = refundsAtGateway(payment.id);
  expect(await refundsOf(tender, payment.id)).toMatchObject([
    { id: lost.json.id, status: 'succeeded', gateway_refund_id: theirs?.id },
  ]);
  tender.sandbox.faults.clear(withheld);
  tender.sandbox.webhooks.release();
});

// https://github.com/medusajs/medusa/issues/13301, https://github.com/medusajs/medusa/issues/14205
// and https://github.com/craftcms/commerce-stripe/issues/207
describe("a customer's return that races the webhooks, each of which comes three times", () => {
  const RETURNS = 4;
  let repeated: string[] = [];
  beforeAll(() => {
    const fault = { webhook: { kind: 'duplicate', times: 2 } } as const;
    repeated = [tender.sandbox, redirecting].map(({ faults }) => faults.add(fault).id);
  });
  afterAll(() => {
    for (const [at, { faults }] of [tender.sandbox, redirecting].entries()) {
      faults.clear(repeated[at] ?? '');
    }
  });

  /** The shop's page to which customers return asks how the payment stands, as often as it is loaded. */
  const comesBack = (id: string, operation: 'sync' | 'capture') =>
    Promise.all(Array.from({ length: RETURNS }, () => act(tender, id, operation)));

  const expectKnown = (answers: Answer[], id: string) => {
    for (const { status, json } of answers) {
      expect([200, 202, 409]).toContain(status);
      if (status !== 409) expect(json.id).toBe(id);
    }
  };

  test('charges once, and the payment is there all the time', async () => {
    const asked = await Promise.all(Array.from({ length: 6 }, () => pay(tender, CHALLENGED)));
    await Promise.all(
      asked.map(async ({ json: payment }) => {
        const [, answers] = await Promise.all([
          authenticate(payment, 'complete'),
          comesBack(payment.id, 'sync'),
        ]);
        expectKnown(answers, payment.id);
        await until(tender, payment.id, { status: 'succeeded', amount_captured: 10_000 });
      }),
    );
    await tender.settled();
    for (const { json: payment } of asked) {
      expect(liveCharges(tender, payment.id)).toMatchObject([{ captured: 10_000 }]);
      expect(await timesTold(payment.id, 'payment.succeeded')).toBe(1);
    }
  });

  test('captures once what was authorized, however many pages capture it', async () => {
    const held = await Promise.all(Array.from({ length: 6 }, () => pay(tender, HELD)));
    await Promise.all(
      held.map(async ({ json: payment }) => {
        const answers = await comesBack(payment.id, 'capture');
        expectKnown(answers, payment.id);
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        await until(tender, payment.id, { status: 'succeeded', amount_captured: 10_000 });
      }),
    );
    await tender.settled();
    for (const { json: payment } of held) {
      expect(liveCharges(tender, payment.id)).toMatchObject([{ captured: 10_000 }]);
      expect(await timesTold(payment.id, 'payment.succeeded')).toBe(1);
    }
  });

  test('charges once where the gateway waits to be asked for the money', async () => {
    const body = {
      ...VISA,
      gateway: 'paypal',
      payment_method: 'paypal',
      return_url: 'https://shop.example/back',
    };
    const asked = await Promise.all(Array.from({ length: 6 }, () => pay(tender, body)));
    await Promise.all(
      asked.map(async ({ json: payment }) => {
        const agreement = new URLSearchParams({ result: 'approve' });
        const [, answers] = await Promise.all([
          fetch(payment.next_action.url, { method: 'POST', body: agreement, redirect: 'manual' }),
          comesBack(payment.id, 'sync'),
        ]);
        expectKnown(answers, payment.id);
        await until(tender, payment.id, { status: 'succeeded', amount_captured: 10_000 }, 40_000);
      }),
    );
    await redirecting.webhooks.idle();
    await tender.settled();
    const { payments } = redirecting.books();
    for (const { json: payment } of asked) {
      const theirs = payments.filter(({ id }) => id === payment.gateway_payment_id);
      const live = theirs
        .flatMap(({ charges }) => charges)
        .filter((each) => each.status === 'live');
      expect(live).toMatchObject([{ captured: 10_000, refunded: 0 }]);
      expect(await timesTold(payment.id, 'payment.succeeded')).toBe(1);
    }
  });
});

// https://github.com/juspay/hyperswitch/pull/2380
test('a payment whose charge may be live is not declared failed, however long nobody can tell', async () => {
  const order_id = 'nobody can tell';
  const { id: withheld } = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } });
  tender.sandbox.faults.add(failing(CREATION, { order_id }, 'after'));
  const { id: away } = tender.sandbox.faults.add({
    match: { path: '/v1/payment_intents' },
    fault: { kind: 'drop' },
  });
  // The first rule that fits is the one that meets the call, so the charge is made.
  const { json: payment } = await pay(tender, { ...VISA, order_id });
  expect(liveCharges(tender, payment.id)).toHaveLength(1);

  const YEAR_DAYS = 365;
  await tender.db.sql`
    UPDATE payments SET created_at = created_at - make_interval(days => ${YEAR_DAYS})
     WHERE id = ${payment.id}`;
  await tender.db.sql`
    UPDATE payment_attempts SET created_at = created_at - make_interval(days => ${YEAR_DAYS})
     WHERE payment_id = ${payment.id}`;
  /** Has the next look come at once, unless somebody is looking, and gives how many there were. */
  const lookNow = async () => {
    await tender.db.sql`
      UPDATE payment_attempts SET due_at = now() WHERE payment_id = ${payment.id} AND lease_until IS NULL
         AND outcome = 'unknown'`;
    const [attempt] = await tender.db.sql<{ tries: number; outcome: string }[]>`
      SELECT tries, outcome FROM payment_attempts WHERE payment_id = ${payment.id}`;
    return attempt;
  };
  await eventually(async () => {
    expect(await read(tender, payment.id)).toMatchObject({ status: 'processing' });
    expect((await lookNow())?.tries).toBeGreaterThan(4);
  }, 30_000);
  expect(await read(tender, payment.id)).toMatchObject({ status: 'processing' });

  tender.sandbox.faults.clear(away);
  tender.sandbox.faults.clear(withheld);
  tender.sandbox.webhooks.release();
  await eventually(async () => expect((await lookNow())?.outcome).toBe('succeeded'), 30_000);
  await until(tender, payment.id, { status: 'succeeded', amount_captured: 10_000 });
  expect(liveCharges(tender, payment.id)).toMatchObject([{ captured: 10_000 }]);
});

test('every fault that docs/reliability.md lists is a test that is there', async () => {
  const checkout = join(import.meta.dirname, '../..');
  const page = await readFile(join(checkout, 'docs/reliability.md'), 'utf8');
  const listed = [...page.matchAll(/`((?:test|src)\/[^`]+\.test\.ts)`: ([^|\n]+?) *(?:\||$)/gm)];
  expect(listed.length).toBeGreaterThan(15);
  for (const [, path = '', name = ''] of listed) {
    const source = await readFile(join(checkout, path), 'utf8');
    expect(source, path).toContain(name);
  }
});
