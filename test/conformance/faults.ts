import { afterEach, describe, expect, test } from 'vitest';
import type { GatewayOutcome } from '../../src/domain/outcome.ts';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';
import { liveCharges, moneyCall, newKey, newPayment, pay, readCall, reportOf } from './driver.ts';
import { charged, givenBack } from './refunds.ts';
import type { MoneyOperation, OpenSubject } from './subject.ts';

/** An operation that is made under a key as often as it is asked for, and what the sandbox's books say of it. */
interface Trial {
  /** Arms the fault at the right moment and makes the call. */
  first: (arm: () => void) => Promise<GatewayOutcome<unknown>>;
  again: () => Promise<GatewayOutcome<unknown>>;
  /** Whether it was done exactly once, and whether it was done at all. */
  done: () => 'once' | 'not';
}

const TRIALS: Record<MoneyOperation, (subject: OpenSubject) => Promise<Trial>> = {
  async pay(subject) {
    const request = newPayment(subject);
    const driven = { again: () => Promise.reject<GatewayOutcome<unknown>>(new Error('too early')) };
    return {
      async first(arm) {
        const { outcome, again } = await pay(subject, request, { beforeMoney: arm });
        driven.again = again;
        return outcome;
      },
      again: () => driven.again(),
      done: () => countAs(liveCharges(subject, request).map(({ captured }) => captured)),
    };
  },
  async capture(subject) {
    const { manual, gatewayPaymentId } = await authorized(subject);
    const call = moneyCall();
    const { amount, currency } = manual;
    const capture = () =>
      subject.gateway.capturePayment({ gatewayPaymentId, amount, currency }, call);
    return {
      first: (arm) => (arm(), capture()),
      again: capture,
      done: () => countAs(liveCharges(subject, manual).map(({ captured }) => captured)),
    };
  },
  async cancel(subject) {
    const { manual, gatewayPaymentId } = await authorized(subject);
    const call = moneyCall();
    const cancel = () => subject.gateway.cancelPayment({ gatewayPaymentId, reason: null }, call);
    return {
      first: (arm) => (arm(), cancel()),
      again: cancel,
      done: () => (liveCharges(subject, manual).length === 0 ? 'once' : 'not'),
    };
  },
  async refund(subject) {
    const { request, refund } = await charged(subject);
    const [call, whole] = [moneyCall(), refund(4_200n)];
    const give = () => subject.gateway.createRefund(whole, call);
    return {
      first: (arm) => (arm(), give()),
      again: give,
      done: () => countAs([givenBack(subject, request)]),
    };
  },
};

async function authorized(subject: OpenSubject) {
  const manual = newPayment(subject, { captureMethod: 'manual' });
  const { gatewayPaymentId } = reportOf((await pay(subject, manual)).outcome);
  return { manual, gatewayPaymentId };
}

/** Every amount of these trials is 4200, so anything else is money that moved twice or in part. */
function countAs(amounts: number[]): 'once' | 'not' {
  const moved = amounts.filter((amount) => amount !== 0);
  if (moved.length === 0) return 'not';
  expect(moved).toEqual([4200]);
  return 'once';
}

type Fault = Extract<FaultRuleInput, { fault: unknown }>['fault'];

/** What leaves an outcome open, before and after the gateway has done its work. */
const OPEN: [string, Fault][] = (['before', 'after'] as const).flatMap(
  (when): [string, Fault][] => [
    [`a connection that is cut ${when} the work`, { kind: 'drop', when }],
    [`silence ${when} the work`, { kind: 'stall', when }],
    [`a 503 ${when} the work`, { kind: 'status', status: 503, when }],
    [`an answer that cannot be read ${when} the work`, { kind: 'malformed', when }],
  ],
);

/** What becomes of calls whose answer does not come, or does not tell. */
export function faults(subject: () => OpenSubject): void {
  afterEach(() => subject().sandbox.faults.clear());

  for (const operation of Object.keys(TRIALS) as MoneyOperation[]) {
    describe(operation, () => {
      test.for(OPEN)('%s leaves it unknown, and the same key does it once', async ([, fault]) => {
        const trial = await TRIALS[operation](subject());
        const rule = { match: subject().calls[operation], fault, times: 1 } as FaultRuleInput;
        const outcome = await trial.first(() => void subject().sandbox.faults.add(rule));
        expect(outcome.kind).toBe('unknown');
        const replaysTheFault = fault.kind === 'status' && fault.when === 'after';
        expect(trial.done()).toBe(fault.when === 'after' ? 'once' : 'not');
        const again = await trial.again();
        // A gateway may keep its own failure under the key, which tells nothing: then it has to be read.
        if (!(replaysTheFault && again.kind === 'unknown')) expect(again.kind).toBe('succeeded');
        expect(trial.done()).toBe('once');
      });

      test('too many requests are refused for the moment, and nothing is done', async () => {
        const trial = await TRIALS[operation](subject());
        const fault = { kind: 'status', status: 429, when: 'before' } as const;
        const rule = { match: subject().calls[operation], fault, times: 1 } as FaultRuleInput;
        const outcome = await trial.first(() => void subject().sandbox.faults.add(rule));
        expect(outcome).toMatchObject({ kind: 'refused', error: { category: 'rate_limited' } });
        expect(trial.done()).toBe('not');
        expect((await trial.again()).kind).toBe('succeeded');
      });

      test('the same key again is the same work, however often', async () => {
        const trial = await TRIALS[operation](subject());
        const first = await trial.first(() => undefined);
        expect(first.kind).toBe('succeeded');
        for (let n = 0; n < 3; n += 1) expect((await trial.again()).kind).toBe('succeeded');
        expect(trial.done()).toBe('once');
      });
    });
  }

  test('ten calls at once with one key charge once', async () => {
    const request = newPayment(subject());
    const { gateway } = subject();
    const key = newKey();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => gateway.createPayment(request, moneyCall(key))),
    );
    const ids = outcomes.flatMap((outcome) =>
      'report' in outcome && outcome.report ? [outcome.report.gatewayPaymentId] : [],
    );
    expect(new Set(ids).size).toBe(1);
    for (const { kind } of outcomes) expect(kind).not.toBe('declined');
    expect(liveCharges(subject(), request).length).toBeLessThanOrEqual(1);
  });

  test('a key that comes with another request is told as taken, and charges nothing', async () => {
    const { gateway } = subject();
    const key = newKey();
    const first = newPayment(subject());
    await gateway.createPayment(first, moneyCall(key));
    const other = { ...newPayment(subject()), amount: 1_100n };
    const outcome = await gateway.createPayment(other, moneyCall(key));
    expect(outcome).toMatchObject({ error: { category: 'key_conflict' } });
    expect(['refused', 'unknown']).toContain(outcome.kind);
    expect(liveCharges(subject(), other)).toEqual([]);
  });

  test('wrong credentials are refused as such, and nothing is charged', async () => {
    const request = newPayment(subject());
    const outcome = await subject().strangers.createPayment(request, moneyCall());
    expect(outcome).toMatchObject({ kind: 'refused', error: { category: 'authentication' } });
    expect(liveCharges(subject(), request)).toEqual([]);
  });

  test('a gateway that cannot be reached has refused: nothing was sent', async () => {
    const outcome = await subject().unreachable.createPayment(newPayment(subject()), moneyCall());
    expect(outcome).toMatchObject({ kind: 'refused', error: { category: 'unreachable' } });
  });

  test('a payment whose answer was lost is found by our reference, where the gateway can', async () => {
    const { gateway, sandbox, calls } = subject();
    const request = newPayment(subject());
    const fault = { kind: 'drop', when: 'after' } as const;
    const createdAt = new Date();
    const { outcome } = await pay(subject(), request, {
      beforeMoney: () => void sandbox.faults.add({ match: calls.pay, fault, times: 1 }),
    });
    expect(outcome.kind).toBe('unknown');
    const { reference } = request;
    const found = await gateway.findPayment({ reference, createdAt }, readCall());
    if (!gateway.capabilities.searchByReference) {
      return expect(['not_found', 'gone']).toContain(found.kind);
    }
    expect(found).toMatchObject({ kind: 'found', report: { status: 'succeeded' } });
  });
}
