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
import { dieAt, START_TIMEOUT_MS } from '../support/tender-processes.ts';
import { startTender, type Tender } from '../support/tender.ts';

describe.each(INBOX_SETTINGS)('kill -9 at each step of a webhook $setting', ({ withRedis }) => {
  let inbox: InboxTender<Tender>;
  beforeAll(async () => {
    inbox = await startInboxTender(startTender, withRedis);
  }, START_TIMEOUT_MS);
  afterAll(() => inbox?.close());

  const allEventsOf = ({ intent }: PaidPayment) => eventsAtGateway(inbox.tender, intent);

  test.each(['webhook.stored', 'webhook.signaled'])(
    'the API dies at %s: the gateway sends again, and the webhook is stored and applied once',
    async (step) => {
      const { tender } = inbox;
      const payment = await payBehindOurBack(tender);
      const [event] = (await allEventsOf(payment)).filter(
        ({ type }) => type === 'payment_intent.succeeded',
      );
      if (!event) throw new Error('the gateway told nothing');
      const body = JSON.stringify(event);
      // Whether the answer was out before the process died is not decided: the gateway believes an answer only.
      await dieAt(tender.api, `${step}:kill`, () => deliver(tender, { body }).catch(() => null));
      expect(await receiptOf(tender, event.id)).toBeDefined();

      await tender.api.start();
      expect((await deliver(tender, { body })).status).toBe(200);
      await tender.settled();
      expect(await receiptOf(tender, event.id)).toMatchObject({ state: 'processed' });
      expect(await toldAbout(tender, payment.id)).toEqual(['payment.created', 'payment.succeeded']);
    },
    START_TIMEOUT_MS,
  );

  test.each(['webhook.claimed', 'webhook.applied'])(
    'the worker dies at %s: the next one does what was left, and nothing twice',
    async (step) => {
      const { tender } = inbox;
      await tender.worker.stop();
      const payment = await payBehindOurBack(tender);
      const events = await allEventsOf(payment);
      expect(await deliverAll(tender, events)).toEqual(events.map(() => 200));
      await dieAt(tender.worker, `${step}:kill`);

      await tender.worker.start();
      await tender.settled();
      for (const { id } of events) {
        expect(await receiptOf(tender, id)).toMatchObject({ state: 'processed' });
      }
      expect(await toldAbout(tender, payment.id)).toEqual(['payment.created', 'payment.succeeded']);
    },
    START_TIMEOUT_MS,
  );

  test('the books agree afterwards, and no signal is left over', async () => {
    await expectSameBooks(inbox.tender);
    await eventually(async () => {
      expect(await inbox.signalsWaiting()).toBe(withRedis ? 0 : null);
    });
  });
});
