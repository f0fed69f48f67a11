import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventTypes } from '../../../src/sandbox/paypal/make-event.ts';
import type {
  AuthorizationStatus,
  CaptureStatus,
  OrderStatus,
  RefundStatus,
} from '../../../src/sandbox/paypal/model.ts';
import { routeNames } from '../../../src/sandbox/paypal/routes.ts';
import { describePublished } from '../support/published-specs.ts';
import {
  FURTHER_ISSUES,
  NEWER_FIELDS,
  UNDESCRIBED_EVENTS,
  UNDESCRIBED_STATUSES,
} from './newer-than-the-files.ts';
import { loadPublishedFiles, type FileName, type PublishedFiles } from './published-files.ts';
import { startRecordedSandbox, type RecordedSandbox } from './recorded-sandbox.ts';
import { SCENARIOS } from './scenarios.ts';

/** Every state that the sandbox has; the compiler sees to it that none is left out. */
const ORDER_STATUSES: Record<OrderStatus, true> = {
  CREATED: true,
  PAYER_ACTION_REQUIRED: true,
  APPROVED: true,
  COMPLETED: true,
};
const AUTHORIZATION_STATUSES: Record<AuthorizationStatus, true> = {
  CREATED: true,
  CAPTURED: true,
  PARTIALLY_CAPTURED: true,
  VOIDED: true,
};
const CAPTURE_STATUSES: Record<CaptureStatus, true> = {
  COMPLETED: true,
  DECLINED: true,
  PENDING: true,
  PARTIALLY_REFUNDED: true,
  REFUNDED: true,
};
const REFUND_STATUSES: Record<RefundStatus, true> = {
  PENDING: true,
  COMPLETED: true,
  FAILED: true,
};

/** Which file and schema describes what an event speaks of. */
const RESOURCES: Readonly<Record<string, [FileName, string]>> = {
  'checkout-order': ['orders', 'order'],
  authorization: ['payments', 'authorization-2'],
  capture: ['payments', 'capture-2'],
  refund: ['payments', 'refund'],
  payment_token: ['vault', 'payment_token_response'],
  dispute: ['disputes', 'dispute'],
};

interface DeliveredEvent {
  event_type: string;
  resource_type: string;
  resource: { status?: string };
}

describePublished("the PayPal sandbox and PayPal's published files", () => {
  let files: PublishedFiles;
  let recorded: RecordedSandbox;
  let events: DeliveredEvent[];

  beforeAll(async () => {
    files = loadPublishedFiles(NEWER_FIELDS, FURTHER_ISSUES);
    recorded = await startRecordedSandbox();
    for (const play of Object.values(SCENARIOS)) await play(recorded);
    await recorded.sandbox.webhooks.idle();
    events = recorded.deliveries.map(({ body }) => JSON.parse(body) as DeliveredEvent);
  });

  afterAll(() => recorded.close());

  test('every answer is one that the files allow, field by field', () => {
    const problems = recorded.exchanges.flatMap(({ request: { method, path }, answer }) => {
      if (isUndescribed(path, answer.status)) return [];
      const found = files.find(method, path)?.checkAnswer(answer) ?? ['no such operation'];
      return found.map((problem) => `${method} ${path}, ${answer.status}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  test('every webhook carries an event that the files allow, and in it a resource that they allow', () => {
    const problems = events.flatMap((event) => {
      const found = files.of('webhooks').checkObject('event', event);
      const [file, schema] = RESOURCES[event.resource_type] ?? [];
      if (file !== undefined && !UNDESCRIBED_EVENTS.includes(event.event_type)) {
        found.push(...files.of(file).checkObject(schema ?? '', event.resource));
      }
      return found.map((problem) => `${event.event_type}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  test('every event that can be asked for was sent, and those that nothing describes are listed', () => {
    const types = new Set(events.map(({ event_type }) => event_type));
    expect([...types].sort()).toEqual(eventTypes().sort());
    const strange = events.filter(({ resource_type }) => RESOURCES[resource_type] === undefined);
    for (const { event_type } of strange) expect(UNDESCRIBED_EVENTS).toContain(event_type);
  });

  test('every operation of the sandbox is one of the files, and was answered with success', () => {
    const succeeded = new Set<string | undefined>();
    for (const { request, answer } of recorded.exchanges) {
      if (answer.status < 300) succeeded.add(files.find(request.method, request.path)?.name);
    }
    const published = new Map(
      files.operations().map(({ name }) => [name.replaceAll(/\{[^}]+\}/g, ':id'), name]),
    );
    const known = routeNames().map((name) => published.get(name));
    expect(known).not.toContain(undefined);
    expect(known.filter((name) => !succeeded.has(name))).toEqual([]);
  });

  test('every status of an answer, an order and a payment was seen', () => {
    const answers = recorded.exchanges.map(({ answer }) => answer);
    expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([
      200, 201, 204, 400, 401, 403, 404, 409, 415, 422, 500, 503,
    ]);
    const seen = (begins: string): string[] => {
      const own = recorded.exchanges.filter(({ request }) => request.path.startsWith(begins));
      const statuses = own.map(({ answer }) =>
        answer.status < 300 && answer.body !== '' ? String(readStatus(answer.body)) : '',
      );
      return [...new Set(statuses)].filter((status) => status !== '').sort();
    };
    expect(seen('/v2/checkout/orders')).toEqual(Object.keys(ORDER_STATUSES).sort());
    const payments = new Set([
      ...Object.keys(AUTHORIZATION_STATUSES),
      ...Object.keys(CAPTURE_STATUSES),
      ...Object.keys(REFUND_STATUSES),
    ]);
    expect(seen('/v2/payments/')).toEqual([...payments].sort());
  });

  test('every issue that is listed as missing from the files is really told of', () => {
    const bodies = recorded.exchanges.map(({ answer }) => answer.body);
    for (const { issue } of FURTHER_ISSUES) {
      expect(
        bodies.some((body) => body.includes(`"${issue}"`)),
        issue,
      ).toBe(true);
    }
  });

  test('an answer that was tampered with is refused', () => {
    const capture = recorded.exchanges
      .filter(({ request }) => /^\/v2\/payments\/captures\/\w+$/.test(request.path))
      .map(({ answer }) => JSON.parse(answer.body) as Record<string, unknown>)[0];
    const check = (value: unknown) => files.of('payments').checkObject('capture-2', value);
    expect(check(capture)).toEqual([]);
    for (const tampered of [
      { ...capture, amount: { currency_code: 'USD', value: 20 } },
      { ...capture, amount: { currency_code: 'USD', value: '20,00' } },
      { ...capture, colour: 'red' },
      { ...capture, status: 'LOST' },
    ]) {
      expect(check(tampered)).not.toEqual([]);
    }
    const missing = recorded.exchanges.find(({ answer }) => answer.status === 404);
    const operation = files.find('GET', '/v2/checkout/orders/X');
    const other = missing?.answer.body.replace('INVALID_RESOURCE_ID', 'NO_SUCH_ISSUE') ?? '';
    expect(operation?.checkAnswer({ status: 404, body: other })).not.toEqual([]);
  });
});

function isUndescribed(path: string, status: number): boolean {
  return Object.entries(UNDESCRIBED_STATUSES).some(
    ([begins, statuses]) => path.startsWith(begins) && statuses.includes(status),
  );
}

function readStatus(body: string): unknown {
  return (JSON.parse(body) as { status?: unknown }).status ?? '';
}
