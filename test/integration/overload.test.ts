import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { act, read, until } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { GATEWAYS } from '../support/gateways.ts';
import { startTenderWith, type AnySandbox, type Answer, type Tender } from '../support/tender.ts';

/** A gateway that no longer answers, and a database that does not come round to us: what is refused, and what goes on. */

const PLACES = 4;
const DATABASE_CONNECTIONS = 4;
const FULL = { reason: 'gateway_calls', gateway: 'stripe' };

let tender: Tender<AnySandbox>;
const others: AnySandbox[] = [];

beforeAll(async () => {
  tender = await startTenderWith(
    async (baseUrl) => {
      const [stripe, square, paypal] = await Promise.all(GATEWAYS.map(({ open }) => open(baseUrl)));
      if (!stripe || !square || !paypal) throw new Error('a gateway is missing');
      others.push(square.sandbox, paypal.sandbox);
      return {
        sandbox: stripe.sandbox,
        settings: { ...stripe.settings, ...square.settings, ...paypal.settings },
      };
    },
    {
      env: {
        PAYMENT_GATEWAY_TIMEOUT_SECONDS: '12',
        PAYMENT_LEASE_SECONDS: '15',
        PAYMENT_GATEWAY_MAX_CONCURRENT_CALLS: String(PLACES),
        PAYMENT_DATABASE_POOL_SIZE: String(DATABASE_CONNECTIONS),
        PAYMENT_MAX_DATABASE_WAIT_SECONDS: '2',
      },
    },
  );
});

afterAll(async () => {
  await tender.close();
  await Promise.all(others.map((sandbox) => sandbox.close()));
});

/** A payment that the gateway takes at once; at PayPal its customer has to agree first. */
const bodyFor = (name: string) => {
  const gateway = GATEWAYS.find((each) => each.name === name);
  if (!gateway) throw new Error(`there is no ${name}`);
  const { currency, method } = gateway;
  const body = { amount: 10_000, currency, gateway: name, confirm: true };
  return { ...body, payment_method: method, return_url: 'https://shop.example/back' };
};
const create = (body: object, key?: string) =>
  tender.call('POST', '/api/v1/payments', { body, ...(key === undefined ? {} : { key }) });

/** @param series name and labels, as the text format has them */
async function metric(series: string): Promise<number> {
  const text = await (await fetch(`${tender.api.metricsUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

async function countPayments(): Promise<number> {
  const [row] = await tender.db.sql<{ n: number }[]>`SELECT count(*)::int AS n FROM payments`;
  return row?.n ?? 0;
}

function expectRefused(answer: Answer, because: object): void {
  expect(answer).toMatchObject({ status: 503, json: { code: 'overloaded', ...because } });
  expect(answer.headers.get('retry-after')).toBe('1');
}

/** Payments through the two gateways that answer: all of them are taken. The median of their times in milliseconds. */
async function payElsewhere(): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    const startedAt = performance.now();
    const answer = await create(bodyFor(n % 2 === 0 ? 'square' : 'paypal'));
    times.push(performance.now() - startedAt);
    expect(answer.status).toBe(201);
  }
  return times.sort((a, b) => a - b)[times.length / 2] ?? 0;
}

test('a gateway that answers nothing takes its own places and no more: the other two do not notice', async () => {
  const { json: held } = await create({ ...bodyFor('stripe'), capture_method: 'manual' });
  expect(held.status).toBe('requires_capture');
  const undisturbedMs = await payElsewhere();
  const key = randomUUID();

  const stall = tender.sandbox.faults.add({ fault: { kind: 'stall' } });
  const stalled = Array.from({ length: PLACES }, () => create(bodyFor('stripe')));
  await eventually(async () =>
    expect(await metric('gateway_calls_in_flight{gateway="stripe"}')).toBe(PLACES),
  );
  const before = await countPayments();
  expectRefused(await create(bodyFor('stripe'), key), FULL);
  expectRefused(await act(tender, held.id, 'capture'), FULL);
  expect(await countPayments()).toBe(before);
  expect(await read(tender, held.id)).toMatchObject({ status: 'requires_capture' });

  expect(await payElsewhere()).toBeLessThan(10 * undisturbedMs + 1_000);
  const routed = await create({ amount: 10_000, currency: 'USD' });
  expect(routed).toMatchObject({
    status: 201,
    json: {
      gateway: 'square',
      routing: { considered: [{ gateway: 'square' }, {}, {}] },
    },
  });
  expect(routed.json.routing.considered).toContainEqual(
    expect.objectContaining({
      gateway: 'stripe',
      passed_over: expect.objectContaining({ reason: 'busy' }),
    }),
  );
  expect(
    await metric('http_overload_refusals_total{reason="gateway_calls",gateway="stripe"}'),
  ).toBe(2);

  // The calls end without an answer, which gives their places back; what they came to is found out.
  const answers = await Promise.all(stalled);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  tender.sandbox.faults.clear(stall.id);
  expect(await create(bodyFor('stripe'), key)).toMatchObject({ status: 201 });
  expect(await act(tender, held.id, 'capture')).toMatchObject({ status: 200 });
  for (const { json } of answers) await until(tender, json.id, { status: 'succeeded' }, 60_000);
});

test('payments are refused while queries wait too long for the database, and taken once they do not', async () => {
  const { json: known } = await create(bodyFor('square'));
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = tender.db.sql.begin(async (sql) => {
    await sql`LOCK TABLE payments IN ACCESS EXCLUSIVE MODE`;
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  try {
    const reads = Array.from({ length: 2 * DATABASE_CONNECTIONS }, () =>
      tender.call('GET', `/api/v1/payments/${known.id}`),
    );
    const answers: Answer[] = [];
    const refunds: Promise<void>[] = [];
    await eventually(async () => {
      // What is taken before enough time has passed waits for the lock, so nothing waits for its answer here.
      refunds.push(act(tender, known.id, 'refunds').then((each) => void answers.push(each)));
      expect(answers).not.toEqual([]);
    });
    expectRefused(answers[0]!, { reason: 'database' });
    expect((await fetch(`${tender.apiUrl}/health`)).status).toBe(200);
    release.resolve();
    expect(await Promise.all(reads)).toEqual(
      reads.map(() => expect.objectContaining({ status: 200 })),
    );
    await Promise.all(refunds);
  } finally {
    release.resolve();
    await holding;
  }
  await eventually(async () =>
    expect(await create(bodyFor('square'))).toMatchObject({ status: 201 }),
  );
});
