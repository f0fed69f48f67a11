import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { INBOX_SETTINGS, startInboxTender, type InboxTender } from '../support/inbox-settings.ts';
import { expectSameBooks } from '../support/same-books.ts';
import {
  deliver,
  deliverAll,
  eventsAtGateway,
  payBehindOurBack,
  receiptOf,
  toldAbout,
  type PaidPayment,
} from '../support/stripe-webhook.ts';
import { START_TIMEOUT_MS } from '../support/tender-processes.ts';

/** Each of these tests starts a process twice. */
const TIMEOUT_MS = 2 * START_TIMEOUT_MS;

describe.each(INBOX_SETTINGS)('kill -9 at each step of a webhook $setting', ({ withRedis }) => {
  let inbox: InboxTender;
  beforeAll(async () => {
    inbox = await startInboxTender(withRedis);
  }, START_TIMEOUT_MS);
  afterAll(() => inbox?.close());

  const allEventsOf = ({ intent }: PaidPayment) => eventsAtGateway(inbox.tender, intent);
  const killsAt = (step: string) => ({ TENDER_FAIL_POINTS: `${step}:kill` });

  test.each(['webhook.stored', 'webhook.signaled'])(
    'the API dies at %s: the gateway sends again, and the webhook is stored and applied once',
    async (step) => {
      const { tender } = inbox;
      const payment = await payBehindOurBack(tender);
      const [event] = (await allEventsOf(payment)).filter(
        ({ type }) => type === 'payment_intent.succeeded',
      );
      if (!event) throw new Error('the gateway told nothing');
      await tender.api.kill();
      await tender.api.start(killsAt(step));
      const body = JSON.stringify(event);
      // Whether the answer was out before the process died is not decided: the gateway believes an answer only.
      await deliver(tender, { body }).catch(() => null);
      await tender.api.ended();
      expect(await receiptOf(tender, event.id)).toBeDefined();

      await tender.api.start();
      expect((await deliver(tender, { body })).status).toBe(200);
      await tender.settled();
      expect(await receiptOf(tender, event.id)).toMatchObject({ state: 'processed' });
      expect(await toldAbout(tender, payment.id)).toEqual(['payment.created', 'payment.succeeded']);
    },
    TIMEOUT_MS,
  );

  test.each(['webhook.claimed', 'webhook.applied'])(
    'the worker dies at %s: the next one does what was left, and nothing twice',
    async (step) => {
      const { tender } = inbox;
      await tender.worker.kill();
      const payment = await payBehindOurBack(tender);
      const events = await allEventsOf(payment);
      expect(await deliverAll(tender, events)).toEqual(events.map(() => 200));
      await tender.worker.start(killsAt(step)).catch(() => null);
      await tender.worker.ended();

      await tender.worker.start();
      await tender.settled();
      for (const { id } of events) {
        expect(await receiptOf(tender, id)).toMatchObject({ state: 'processed' });
      }
      expect(await toldAbout(tender, payment.id)).toEqual(['payment.created', 'payment.succeeded']);
    },
    TIMEOUT_MS,
  );

  test('the books agree afterwards, and no signal is left over', async () => {
    await expectSameBooks(inbox.tender);
    await eventually(async () => {
      expect(await inbox.signalsWaiting()).toBe(withRedis ? 0 : null);
    });
  });
});
