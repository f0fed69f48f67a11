import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorCategories } from '../../../src/sandbox/square/errors.ts';
import type {
  DisputeState,
  PaymentStatus,
  RefundStatus,
} from '../../../src/sandbox/square/model.ts';
import { routeNames } from '../../../src/sandbox/square/routes.ts';
import { eventTypes } from '../../../src/sandbox/square/subjects.ts';
import type { OpenApi } from '../support/openapi.ts';
import { describePublished } from '../support/published-specs.ts';
import { NEWER_FIELDS } from './newer-than-the-file.ts';
import { loadSquare, readSquareFile, type SquareFile } from './published-file.ts';
import { startRecordedSandbox, type RecordedSandbox } from './recorded-sandbox.ts';
import { SCENARIOS } from './scenarios.ts';

/** Every state that the sandbox has; the compiler sees to it that none is left out. */
const PAYMENT_STATUSES: Record<PaymentStatus, true> = {
  APPROVED: true,
  COMPLETED: true,
  CANCELED: true,
  FAILED: true,
};
const REFUND_STATUSES: Record<RefundStatus, true> = {
  PENDING: true,
  COMPLETED: true,
  REJECTED: true,
  FAILED: true,
};
const DISPUTE_STATES: Record<DisputeState, true> = {
  EVIDENCE_REQUIRED: true,
  PROCESSING: true,
  WON: true,
  LOST: true,
  ACCEPTED: true,
};

interface DeliveredEvent {
  type: string;
  data: { object: Record<string, { status?: string; state?: string }> };
}

describePublished("the Square sandbox and Square's published file", () => {
  let square: OpenApi;
  let file: SquareFile;
  let recorded: RecordedSandbox;
  let events: DeliveredEvent[];

  beforeAll(async () => {
    square = loadSquare(NEWER_FIELDS);
    file = readSquareFile();
    recorded = await startRecordedSandbox();
    for (const play of Object.values(SCENARIOS)) await play(recorded);
    await recorded.sandbox.webhooks.idle();
    events = recorded.deliveries.map((body) => JSON.parse(body) as DeliveredEvent);
  });

  afterAll(() => recorded.close());

  /** The schema of each event that the file has. */
  const eventSchemas = (): Map<string, string> =>
    new Map(
      Object.entries(file.components.schemas).flatMap(([name, schema]) => {
        const type = schema['x-webhook']?.event;
        return type === undefined ? [] : [[type, name] as [string, string]];
      }),
    );

  test('every answer is one that the file allows, field by field', () => {
    const problems = recorded.exchanges.flatMap(({ request: { method, path }, answer }) => {
      // The file describes one shape for each call, whether it succeeds or not.
      const described = { status: 200, body: answer.body };
      const found = square.find(method, path)?.checkAnswer(described) ?? ['no such operation'];
      return found.map((problem) => `${method} ${path}, ${answer.status}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  test('every webhook is one that the file allows for its type', () => {
    const schemas = eventSchemas();
    const problems = events.flatMap((event) =>
      square
        .checkObject(schemas.get(event.type) ?? event.type, event)
        .map((problem) => `${event.type}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  test('every event of the file about payments, refunds, disputes, cards and customers can be sent', () => {
    const published = [...eventSchemas().keys()].filter((type) => !type.startsWith('payout.'));
    expect(eventTypes().sort()).toEqual(published.sort());
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(published.sort());
  });

  test('every operation of the sandbox is one of the file, and was answered with success', () => {
    const succeeded = new Set<string | undefined>();
    for (const { request, answer } of recorded.exchanges) {
      if (answer.status === 200) succeeded.add(square.find(request.method, request.path)?.name);
    }
    const published = new Map(
      square.operations.map(({ name }) => [name.replaceAll(/\{[^}]+\}/g, ':id'), name]),
    );
    const known = routeNames().map((name) => published.get(name));
    expect(known).not.toContain(undefined);
    expect(known.filter((name) => !succeeded.has(name))).toEqual([]);
  });

  test('every error code has the category that the file gives it', () => {
    const { 'x-enum-elements': elements } = square.schema('ErrorCode') as {
      'x-enum-elements': { name: string; 'error-category': string }[];
    };
    const published = new Map(elements.map((one) => [one.name, one['error-category']]));
    published.set('VERSION_MISMATCH', 'INVALID_REQUEST_ERROR');
    for (const [code, category] of errorCategories()) {
      expect([code, published.get(code)]).toEqual([code, category]);
    }
  });

  test('every status of an answer, a payment, a refund and a dispute was seen', () => {
    const answers = recorded.exchanges.map(({ answer }) => answer);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([
      200, 400, 401, 402, 403, 404, 408, 409, 418, 429, 500, 501, 502, 503, 504,
    ]);
    const told = [
      ...answers.map(({ body }) => JSON.parse(body) as Record<string, unknown>),
      ...events,
    ];
    const seen = (kind: string, field: string): string[] => {
      const values = told.flatMap((json) => objectsIn(json, kind)).map((one) => one[field]);
      return [...new Set(values.map(String))].sort();
    };
    expect(seen('payment', 'status')).toEqual(Object.keys(PAYMENT_STATUSES).sort());
    expect(seen('refund', 'status')).toEqual(Object.keys(REFUND_STATUSES).sort());
    expect(seen('dispute', 'state')).toEqual(Object.keys(DISPUTE_STATES).sort());
  });

  test('the examples that Square publishes of payments, refunds and cards pass the same checks', () => {
    for (const name of ['CreatePaymentResponse', 'RefundPaymentResponse', 'RetrieveCardResponse']) {
      const example = file.components.schemas[name]?.example;
      expect(example, name).toBeDefined();
      expect(square.checkObject(name, example), name).toEqual([]);
    }
  });

  test('an answer that was tampered with is refused', () => {
    const payments = recorded.exchanges.flatMap(({ answer }) =>
      objectsIn(JSON.parse(answer.body), 'payment'),
    );
    const [payment] = payments;
    expect(square.checkObject('Payment', payment)).toEqual([]);
    for (const tampered of [
      { ...payment, amount_money: { amount: '2000', currency: 'USD' } },
      { ...payment, amount_money: { amount: 2000, currency: 'XYZ' } },
      { ...payment, colour: 'red' },
      { ...payment, status: 7 },
      { ...payment, reference_id: 'x'.repeat(41) },
    ]) {
      expect(square.checkObject('Payment', tampered)).not.toEqual([]);
    }
  });
});

/** Every object that stands under the name of its kind within `json`, however deep. */
function objectsIn(json: unknown, kind: string): Record<string, unknown>[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([name, value]) => {
    const inner = objectsIn(value, kind);
    const isOne = name === kind && typeof value === 'object' && value !== null;
    return isOne ? [value as Record<string, unknown>, ...inner] : inner;
  });
}
