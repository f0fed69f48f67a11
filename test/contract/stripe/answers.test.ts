import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChargeEvent, IntentEvent, RefundEvent } from '../../../src/sandbox/stripe/events.ts';
import type { IntentStatus, RefundStatus } from '../../../src/sandbox/stripe/model.ts';
import { loadOpenApi, type OpenApi } from '../support/openapi.ts';
import { describePublished, publishedSpec } from '../support/published-specs.ts';
import { NEWER_EVENTS, NEWER_FIELDS } from './newer-than-the-file.ts';
import { operationsOf, startRecordedSandbox, type RecordedSandbox } from './recorded-sandbox.ts';
import { SCENARIOS } from './scenarios.ts';

/** Every state and event that the sandbox has; the compiler sees to it that none is left out. */
const INTENT_STATUSES: Record<IntentStatus, true> = {
  requires_payment_method: true,
  requires_confirmation: true,
  requires_action: true,
  requires_capture: true,
  succeeded: true,
  canceled: true,
};
const REFUND_STATUSES: Record<RefundStatus, true> = {
  pending: true,
  succeeded: true,
  failed: true,
};
const EVENTS: Record<IntentEvent | ChargeEvent | RefundEvent, true> = {
  'payment_intent.created': true,
  'payment_intent.requires_action': true,
  'payment_intent.amount_capturable_updated': true,
  'payment_intent.succeeded': true,
  'payment_intent.payment_failed': true,
  'payment_intent.canceled': true,
  'charge.succeeded': true,
  'charge.captured': true,
  'charge.failed': true,
  'charge.refunded': true,
  'charge.updated': true,
  'charge.expired': true,
  'charge.refund.updated': true,
  'refund.created': true,
  'refund.updated': true,
  'refund.failed': true,
};
/** What is told of customers, of what is kept for them, and of disputes. */
const OTHER_EVENTS = [
  'charge.dispute.closed',
  'charge.dispute.created',
  'charge.dispute.funds_reinstated',
  'charge.dispute.funds_withdrawn',
  'customer.created',
  'customer.deleted',
  'customer.updated',
  'payment_method.attached',
  'payment_method.detached',
  'setup_intent.created',
  'setup_intent.requires_action',
  'setup_intent.setup_failed',
  'setup_intent.succeeded',
];

/** The objects that have something to expand, and where they are listed. */
const EXPANDED: Record<string, string> = {
  payment_intent: '/v1/payment_intents',
  charge: '/v1/charges',
  refund: '/v1/refunds',
  balance_transaction: '/v1/balance_transactions',
  dispute: '/v1/disputes',
};

interface DeliveredEvent {
  type: string;
  data: { object: { object: string } };
}

/** All objects of one kind within `json`, however deep. */
function objectsIn(json: unknown, kind: string): Record<string, unknown>[] {
  if (typeof json !== 'object' || json === null) return [];
  const inner = Object.values(json).flatMap((value) => objectsIn(value, kind));
  return 'object' in json && json.object === kind ? [json, ...inner] : inner;
}

/** What `object` says of something that was expanded. */
function kindsIn(value: unknown): string[] {
  return typeof value === 'object' && value !== null && 'object' in value
    ? [String(value.object)]
    : [];
}

/** The fields of an object that the file lets be expanded; none for what the file does not have. */
function expandableIn(stripe: OpenApi, kind: string): string[] {
  return (stripe.schema(kind)?.['x-expandableFields'] ?? []) as string[];
}

describePublished("the Stripe sandbox and Stripe's published file", () => {
  let stripe: OpenApi;
  let recorded: RecordedSandbox;
  let events: DeliveredEvent[];

  beforeAll(async () => {
    stripe = loadOpenApi(publishedSpec('stripe.json'), NEWER_FIELDS);
    recorded = await startRecordedSandbox();
    for (const play of Object.values(SCENARIOS)) await play(recorded);
    await recorded.sandbox.webhooks.idle();
    events = recorded.deliveries.map((body) => JSON.parse(body) as DeliveredEvent);
  });

  afterAll(() => recorded.close());

  const problemsOf = (exchanges: RecordedSandbox['exchanges']): string[] =>
    exchanges.flatMap(({ request: { method, path }, answer }) => {
      const found = stripe.find(method, path)?.checkAnswer(answer) ?? ['no such operation'];
      return found.map((problem) => `${method} ${path}, ${answer.status}: ${problem}`);
    });

  /** The status of each object of one kind that was answered or delivered. */
  const statusesOf = (kind: string): string[] => {
    const answers = recorded.exchanges.map(({ answer }) => JSON.parse(answer.body) as unknown);
    const objects = [...answers, ...events].flatMap((json) => objectsIn(json, kind));
    return [...new Set(objects.map(({ status }) => String(status)))].sort();
  };

  test('every answer is one that the file allows, field by field', () => {
    expect(problemsOf(recorded.exchanges)).toEqual([]);
  });

  test('every webhook carries an event that the file allows, and in it an object that it allows', () => {
    const problems = events.flatMap((event) => {
      const { object } = event.data;
      const found = [
        ...stripe.checkObject('event', event),
        ...stripe.checkObject(object.object, object),
      ];
      return found.map((problem) => `${event.type}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  test('every event is of a type that the file lists, or newer than it and listed here', () => {
    const creation = stripe.find('POST', '/v1/webhook_endpoints')?.parameters as unknown as {
      properties: { enabled_events: { items: { enum: string[] } } };
    };
    const inFile = new Set(creation.properties.enabled_events.items.enum);
    const others = new Set(events.map(({ type }) => type).filter((type) => !inFile.has(type)));
    expect([...others]).toEqual(Object.keys(NEWER_EVENTS));
  });

  test('the events that a list answers with hold objects that the file allows', () => {
    const listed = recorded.exchanges
      .flatMap(({ answer }) => objectsIn(JSON.parse(answer.body), 'event'))
      .map((event) => (event as unknown as DeliveredEvent).data.object);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.flatMap((object) => stripe.checkObject(object.object, object))).toEqual([]);
  });

  test('every operation of the file that the sandbox knows was answered with success', async () => {
    const succeeded = new Set<string | undefined>();
    for (const { request, answer } of recorded.exchanges) {
      if (answer.status === 200) succeeded.add(stripe.find(request.method, request.path)?.name);
    }
    const known = await operationsOf(recorded, stripe);
    expect(known.length).toBeGreaterThan(15);
    expect(known.filter((name) => !succeeded.has(name))).toEqual([]);
  });

  test('every error that the sandbox gives was seen', () => {
    const errors = recorded.exchanges.filter(({ answer }) => answer.status !== 200);
    const statuses = new Set(errors.map(({ answer }) => answer.status));
    expect([...statuses].sort()).toEqual([400, 401, 402, 404, 409, 429, 500, 502, 503]);
  });

  test('every status of a payment intent and a refund, and every event was seen', () => {
    expect(statusesOf('payment_intent')).toEqual(Object.keys(INTENT_STATUSES).sort());
    expect(statusesOf('refund')).toEqual(Object.keys(REFUND_STATUSES).sort());
    const types = new Set(events.map(({ type }) => type));
    expect([...types].sort()).toEqual([...Object.keys(EVENTS), ...OTHER_EVENTS].sort());
  });

  test('every field that is listed as newer than the file is really answered with', () => {
    const bodies = recorded.exchanges.map(({ answer }) => answer.body);
    for (const { at } of NEWER_FIELDS) {
      expect(bodies.some((body) => body.includes(`"${at.at(-1)}":`))).toBe(true);
    }
  });

  test('whatever the file lets be expanded is expanded as it says, or refused', async () => {
    const start = recorded.exchanges.length;
    for (const [kind, path] of Object.entries(EXPANDED)) {
      const { body: list } = await recorded.get(path, { limit: '1' });
      const item = `${path}/${list.data[0]?.id}`;
      for (const field of expandableIn(stripe, kind)) {
        const { status, body } = await recorded.get(item, { expand: [field] });
        expect([200, 400]).toContain(status);
        const [inner] = kindsIn((body as unknown as Record<string, unknown>)[field]);
        for (const further of inner === undefined ? [] : expandableIn(stripe, inner)) {
          await recorded.get(item, { expand: [`${field}.${further}`] });
        }
      }
    }
    const expanded = recorded.exchanges.slice(start);
    const granted = expanded.filter(({ answer }) => answer.status === 200);
    expect(granted.length).toBeGreaterThan(20);
    expect(problemsOf(expanded)).toEqual([]);
  });

  test('the examples that Stripe publishes pass the same checks', () => {
    const text = readFileSync(publishedSpec('stripe-fixtures.json'), 'utf8');
    const { resources } = JSON.parse(text) as { resources: Record<string, unknown> };
    for (const kind of [...Object.keys(EXPANDED), 'event', 'payment_method']) {
      expect(stripe.checkObject(kind, resources[kind]), kind).toEqual([]);
    }
  });

  test('an answer that was tampered with is refused', () => {
    const charges = recorded.exchanges.filter(({ request }) =>
      request.path.startsWith('/v1/charges/'),
    );
    const [charge] = charges.flatMap(({ answer }) => objectsIn(JSON.parse(answer.body), 'charge'));
    expect(stripe.checkObject('charge', charge)).toEqual([]);
    for (const tampered of [
      { ...charge, amount: '2000' },
      { ...charge, colour: 'red' },
      { ...charge, status: 'lost' },
      { ...charge, currency: undefined },
    ]) {
      expect(stripe.checkObject('charge', JSON.parse(JSON.stringify(tampered)))).not.toEqual([]);
    }
  });
});
