import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startInboxTender, type InboxTender } from '../support/inbox-settings.ts';
import {
  deliver,
  deliverAll,
  eventsAtGateway,
  payBehindOurBack,
  receiptOf,
  type StripeEvent,
} from '../support/stripe-webhook.ts';
import {
  START_TIMEOUT_MS,
  startTenderProcesses,
  type TenderProcesses,
} from '../support/tender-processes.ts';

/** A tenth of what a command may wait for Redis by the settings below. */
const FAST_MS = 500;

let inbox: InboxTender<TenderProcesses>;
beforeAll(async () => {
  inbox = await startInboxTender(startTenderProcesses, true, {
    env: { PAYMENT_REDIS_SOCKET_TIMEOUT: '5' },
  });
}, START_TIMEOUT_MS);
afterAll(() => inbox?.close());

/** A payment with events that Tender has not heard of. */
async function somethingNew(): Promise<StripeEvent[]> {
  const { intent } = await payBehindOurBack(inbox.tender);
  return eventsAtGateway(inbox.tender, intent);
}

async function expectAccepted(events: StripeEvent[]): Promise<void> {
  const { tender } = inbox;
  for (const event of events) {
    const began = performance.now();
    expect((await deliver(tender, { body: JSON.stringify(event) })).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(FAST_MS);
  }
}

async function expectWorkedOff(events: StripeEvent[]): Promise<void> {
  const { tender } = inbox;
  await eventually(async () => {
    for (const { id } of events) {
      expect(await receiptOf(tender, id)).toMatchObject({ state: 'processed' });
    }
  }, 20_000);
}

async function redisCheck(): Promise<unknown> {
  const response = await fetch(`${inbox.tender.api.metricsUrl}/ready`);
  const { status, checks } = (await response.json()) as {
    status: string;
    checks: { redis: object };
  };
  return { http: response.status, status, redis: checks.redis };
}

test('a Redis that dies costs a moment at most: webhooks are accepted at once and worked off', async () => {
  const { tender, redis } = inbox;
  await eventually(async () =>
    expect(await redisCheck()).toMatchObject({
      http: 200,
      redis: { status: 'ok', required: false },
    }),
  );
  const events = await somethingNew();
  await redis?.kill9();
  await expectAccepted(events);
  await expectWorkedOff(events);
  await eventually(async () =>
    expect(await redisCheck()).toMatchObject({
      http: 200,
      status: 'ready',
      redis: { status: 'failed', required: false },
    }),
  );
  expect(tender.api.output).toContain('the workers could not be told at once');
});

test('what a worker without Redis writes to its log stays little', async () => {
  const { tender } = inbox;
  const lines = () => tender.worker.output.split('\n').length;
  const before = lines();
  const events = await somethingNew();
  await deliverAll(tender, events);
  await expectWorkedOff(events);
  expect(lines() - before).toBeLessThan(10);
});

test('a Redis that comes back empty is used again, by processes that were not restarted', async () => {
  const { tender, redis } = inbox;
  await redis?.restart();
  await eventually(async () =>
    expect(await redisCheck()).toMatchObject({ http: 200, redis: { status: 'ok' } }),
  );
  await tender.worker.stop();
  const events = await somethingNew();
  await deliverAll(tender, events);
  await eventually(async () => expect(await inbox.signalsWaiting()).toBe(events.length));
  await tender.worker.start();
  await expectWorkedOff(events);
  await eventually(async () => expect(await inbox.signalsWaiting()).toBe(0));
});

test('a Redis that was never there keeps nobody from starting, accepting and working off', async () => {
  const { tender, redis } = inbox;
  await redis?.kill9();
  await Promise.all([tender.api.stop(), tender.worker.stop()]);
  await Promise.all([tender.api.start(), tender.worker.start()]);
  const events = await somethingNew();
  await expectAccepted(events);
  await expectWorkedOff(events);
});
