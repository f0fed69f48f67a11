import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';
import {
  act,
  CHALLENGED,
  DRAFT,
  eventsOf,
  HELD,
  liveCharges,
  pay,
  read,
  refundsOf,
  until,
  VISA,
} from '../support/checkout.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { freePorts } from '../support/free-ports.ts';
import { LocalPart } from '../support/tender-part.ts';
import { dieAt } from '../support/tender-processes.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

let tender: Tender;
beforeAll(async () => {
  tender = await startTender({
    env: { PAYMENT_GATEWAY_TIMEOUT_SECONDS: '3', PAYMENT_LEASE_SECONDS: '5' },
  });
});
afterAll(async () => {
  tender.sandbox.faults.clear();
  await tender.settled();
  await expectSameBooks(tender);
  await tender.close();
});

type Match = NonNullable<Extract<FaultRuleInput, { fault: unknown }>['match']>;
type Fault = Extract<FaultRuleInput, { fault: unknown }>['fault'];

/** One operation that moves money: what leads up to it, its call at the gateway, and where it ends if it is done. */
interface Case {
  prepare: () => Promise<Subject>;
  end: object;
}
interface Subject {
  match: Match;
  send: () => Promise<Answer>;
}

let orders = 0;
/** The call at the gateway that creates a payment is told from others by its order. */
function creation(body: object): Subject {
  orders += 1;
  const order_id = `order ${orders}`;
  return {
    match: { method: 'POST', path: '/v1/payment_intents$', metadata: { order_id } },
    send: keyed((options) => pay(tender, { ...body, order_id }, options)),
  };
}

async function onPayment(
  body: object,
  operation: 'confirm' | 'capture' | 'cancel',
  parameters = {},
): Promise<Subject> {
  const { json } = await pay(tender, body);
  return {
    match: {
      method: 'POST',
      path: `/v1/payment_intents/${json.gateway_payment_id}/${operation}$`,
    },
    send: keyed((options) => act(tender, json.id, operation, parameters, options)),
  };
}

async function refunding(): Promise<Subject> {
  const { json } = await pay(tender);
  return {
    match: { method: 'POST', path: '/v1/refunds$', metadata: { tender_payment_id: json.id } },
    send: keyed((options) => act(tender, json.id, 'refunds', { amount: 4_000 }, options)),
  };
}

/** The same request with the same key, however often it is sent. */
function keyed(send: (options: { key: string }) => Promise<Answer>): () => Promise<Answer> {
  const key = crypto.randomUUID();
  return () => send({ key });
}

const paid = { status: 'succeeded', amount_captured: 10_000, amount_refunded: 0 };
const CASES = {
  create: { prepare: () => Promise.resolve(creation(VISA)), end: paid },
  'create without confirm': {
    prepare: () => Promise.resolve(creation(DRAFT)),
    end: { status: 'requires_payment_method', client_secret: expect.any(String) },
  },
  confirm: {
    prepare: () => onPayment(DRAFT, 'confirm', { payment_method: 'pm_card_visa' }),
    end: paid,
  },
  capture: {
    prepare: () => onPayment(HELD, 'capture', { amount: 4_000 }),
    end: { status: 'succeeded', amount_captured: 4_000, amount_capturable: 0 },
  },
  cancel: {
    prepare: () => onPayment(HELD, 'cancel'),
    end: { status: 'canceled', amount_capturable: 0 },
  },
  refund: {
    prepare: refunding,
    end: { ...paid, amount_refunded: 4_000, amount_refund_pending: 0 },
  },
} satisfies Record<string, Case>;
const OPERATIONS = Object.keys(CASES) as (keyof typeof CASES)[];

/** What may happen to a call so that nobody can tell whether it was carried out. */
const LOST: Record<string, Fault> = {
  'is lost before the work': { kind: 'drop', when: 'before' },
  'is lost after the work': { kind: 'drop', when: 'after' },
  'never comes although the work is done': { kind: 'stall', when: 'after' },
  'is a 500 that the gateway keeps': { kind: 'status', status: 500, when: 'after' },
  'is a page of some proxy': { kind: 'malformed', when: 'after' },
};

function paymentIdOf({ json }: Answer): string {
  return json.payment_id ?? json.id;
}

/** So that what is found out is found out by asking. */
function withholdWebhooks(): void {
  let fault = '';
  beforeAll(() => {
    fault = tender.sandbox.faults.add({ webhook: { kind: 'withhold' } }).id;
  });
  afterAll(() => {
    tender.sandbox.faults.clear(fault);
    tender.sandbox.webhooks.release();
  });
}

describe.for(Object.entries(LOST))('an answer that %s', ([, fault]) => {
  withholdWebhooks();
  test.concurrent.for(OPERATIONS)('leaves %s open until the gateway has told', async (name) => {
    const { prepare, end } = CASES[name];
    const { match, send } = await prepare();
    tender.sandbox.faults.add({ match, fault, times: 1 });
    const answer = await send();
    expect(answer.status).toBe(202);
    expect(answer.json.status).toBe(name === 'refund' ? 'pending' : 'processing');
    const id = paymentIdOf(answer);
    await until(tender, id, end);
    expect(liveCharges(tender, id).length).toBeLessThanOrEqual(1);
    if (name === 'refund') {
      expect(await refundsOf(tender, id)).toMatchObject([{ status: 'succeeded', amount: 4_000 }]);
    }
    // The answer that was given stays the answer to this key.
    const again = await send();
    expect(again.text).toBe(answer.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });
});

describe('a gateway that certainly did nothing', () => {
  const refusals: [string, Fault, number, string][] = [
    ['limits our rate', { kind: 'status', status: 429 }, 503, 'gateway_unavailable'],
    [
      'does not know our key',
      { kind: 'status', status: 401, body: { error: { type: 'invalid_request_error' } } },
      502,
      'gateway_rejected_credentials',
    ],
  ];
  for (const [why, fault, status, code] of refusals) {
    test.concurrent.for(OPERATIONS)(
      `as it ${why} leaves %s to the retry with the same key`,
      async (name) => {
        const { prepare, end } = CASES[name];
        const { match, send } = await prepare();
        tender.sandbox.faults.add({ match, fault, times: 1 });
        const refused = await send();
        expect(refused).toMatchObject({ status, json: { code } });
        const { payment, refund } = refused.json;
        if (refund) expect(refund.status).toBe('failed');
        else expect(payment.status).not.toBe('processing');
        const again = await send();
        expect([200, 201]).toContain(again.status);
        expect(again.headers.has('idempotent-replayed')).toBe(false);
        const after = await read(tender, paymentIdOf(again));
        expect(after).toMatchObject(end);
        expect(liveCharges(tender, after.id).length).toBeLessThanOrEqual(1);
        if (refund) {
          const refunds = await refundsOf(tender, after.id);
          expect(refunds.map((each) => each.status)).toEqual(['succeeded', 'failed']);
        }
      },
    );
  }

  test('as nobody listens there leaves everything to the retry with the same key', async () => {
    const subjects = await Promise.all(OPERATIONS.map((name) => CASES[name].prepare()));
    const [closed] = await freePorts(1);
    await tender.api.stop();
    await tender.api.start({ PAYMENT_STRIPE_API_URL: `http://127.0.0.1:${closed}` });
    const refused = await Promise.all(subjects.map(({ send }) => send()));
    expect(refused.map(({ status, json }) => [status, json.code])).toEqual(
      refused.map(() => [503, 'gateway_unavailable']),
    );
    await tender.api.stop();
    await tender.api.start();
    for (const [at, { send }] of subjects.entries()) {
      const again = await send();
      const name = OPERATIONS[at] ?? 'create';
      expect(await read(tender, paymentIdOf(again))).toMatchObject(CASES[name].end);
    }
  });
});

describe('while an outcome is unknown', () => {
  test('nothing else is done to the payment', async () => {
    const { match, send } = creation(HELD);
    const { id: fault } = tender.sandbox.faults.add({ match, fault: { kind: 'drop' } });
    const { json } = await send();
    for (const operation of ['confirm', 'capture', 'cancel'] as const) {
      const body = operation === 'confirm' ? { payment_method: 'pm_card_visa' } : {};
      const refused = await act(tender, json.id, operation, body);
      expect(refused).toMatchObject({
        status: 409,
        json: { code: 'payment_operation_in_progress' },
      });
    }
    const refund = await act(tender, json.id, 'refunds');
    expect(refund).toMatchObject({ status: 409, json: { code: 'payment_state_conflict' } });
    tender.sandbox.faults.clear(fault);
    await until(tender, json.id, { status: 'requires_capture' });
    expect((await act(tender, json.id, 'capture')).json.status).toBe('succeeded');
  });

  test('what is being refunded cannot be refunded again', async () => {
    const { match, send } = await refunding();
    const { id: fault } = tender.sandbox.faults.add({ match, fault: { kind: 'drop' } });
    const { json: refund } = await send();
    const id = refund.payment_id;
    expect(await read(tender, id)).toMatchObject({ amount_refund_pending: 4_000 });
    const tooMuch = await act(tender, id, 'refunds', { amount: 6_001 });
    expect(tooMuch).toMatchObject({ status: 422, json: { code: 'refund_exceeds_captured' } });
    tender.sandbox.faults.clear(fault);
    await until(tender, id, { amount_refunded: 4_000, amount_refund_pending: 0 });
  });

  test('a customer who acts at the gateway is heard of, whatever the lost answer said', async () => {
    const { json: draft } = await pay(tender, { ...DRAFT, return_url: CHALLENGED.return_url });
    const path = `/v1/payment_intents/${draft.gateway_payment_id}`;
    tender.sandbox.faults.add({
      match: { method: 'POST', path },
      fault: { kind: 'drop', when: 'after' },
      times: 1,
    });
    const { id: fault } = tender.sandbox.faults.add({ match: { path }, fault: { kind: 'drop' } });
    const lost = await act(tender, draft.id, 'confirm', {
      payment_method: CHALLENGED.payment_method,
    });
    expect(lost.status).toBe(202);
    const page = `${tender.sandbox.url}/3ds/${draft.gateway_payment_id}?client_secret=${draft.client_secret}`;
    await fetch(page, {
      method: 'POST',
      body: new URLSearchParams({ result: 'fail' }),
      redirect: 'manual',
    });
    await tender.sandbox.webhooks.idle();
    tender.sandbox.faults.clear(fault);
    await until(tender, draft.id, {
      status: 'requires_payment_method',
      last_error: { code: 'authentication_failed' },
    });
  });
});

describe('webhooks and answers race', () => {
  test('a webhook that comes before the answer is applied once', async () => {
    const { match, send } = creation(VISA);
    tender.sandbox.faults.add({
      match,
      fault: { kind: 'delay', ms: 500, when: 'after' },
      times: 1,
    });
    const answer = await send();
    expect(answer.json).toMatchObject(paid);
    await tender.sandbox.webhooks.idle();
    const types = (await eventsOf(tender, answer.json.id)).map(({ type }) => type);
    expect(types).toEqual(['payment.created', 'payment.succeeded']);
  });

  test('a webhook tells what the lost answer would have, though the gateway cannot be asked', async () => {
    const { match, send } = creation(VISA);
    const faults = [
      { match, fault: { kind: 'drop', when: 'after' }, times: 1 },
      { match, fault: { kind: 'drop' } },
      { match: { method: 'GET', path: '/v1/payment_intents' }, fault: { kind: 'drop' } },
    ] satisfies FaultRuleInput[];
    const added = faults.map((fault) => tender.sandbox.faults.add(fault));
    const { json } = await send();
    await until(tender, json.id, paid);
    for (const { id } of added) tender.sandbox.faults.clear(id);
    await tender.settled();
    expect(await read(tender, json.id)).toMatchObject(paid);
    const types = (await eventsOf(tender, json.id)).map(({ type }) => type);
    expect(types).toEqual(['payment.created', 'payment.succeeded']);
  });
});

describe('workers', () => {
  withholdWebhooks();

  async function loseAnswers(count: number): Promise<string[]> {
    const lost = Array.from({ length: count }, async () => {
      const { match, send } = creation(VISA);
      tender.sandbox.faults.add({ match, fault: { kind: 'drop', when: 'after' }, times: 1 });
      return (await send()).json.id as string;
    });
    return Promise.all(lost);
  }

  test('two of them at once tell of each outcome once', async () => {
    const [port] = await freePorts(1);
    const second = new LocalPart('worker', {
      ...tender.env,
      PAYMENT_PROMETHEUS_PORT: String(port),
    });
    await second.start();
    try {
      const ids = await loseAnswers(10);
      for (const id of ids) await until(tender, id, paid);
      for (const id of ids) {
        expect(liveCharges(tender, id)).toHaveLength(1);
        const types = (await eventsOf(tender, id)).map(({ type }) => type);
        expect(types).toEqual(['payment.created', 'payment.succeeded']);
      }
    } finally {
      await second.stop();
    }
  });

  test('one that dies in the middle loses its lease, and the next one finishes the work', async () => {
    let id = '';
    await dieAt(tender.worker, 'attempt.asked:kill', async () => {
      [id = ''] = await loseAnswers(1);
    });
    expect((await read(tender, id)).status).toBe('processing');
    await tender.worker.start();
    await until(tender, id, paid);
    expect(liveCharges(tender, id)).toHaveLength(1);
  });
});
