import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { failureOf } from '../../../src/gateways/square/errors.ts';
import { translateWebhook } from '../../../src/gateways/square/webhook.ts';
import { describePublished } from '../support/published-specs.ts';
import { readSquareFile } from './published-file.ts';

const DOCUMENT = new URL('../../../docs/gateways/square.md', import.meta.url);

/** The codes of this category for which there is no better word than that the card was declined. */
const PLAIN_DECLINES =
  'BUYER_REFUSED_PAYMENT CARDHOLDER_INSUFFICIENT_PERMISSIONS CARD_DECLINED CARD_DECLINED_CALL_ISSUER GENERIC_DECLINE ' +
  'INSUFFICIENT_PERMISSIONS READER_DECLINED VOICE_FAILURE';

/** What is handled here, of the events that the file describes. */
const HANDLED =
  'card.disabled card.forgotten dispute.created dispute.state.changed dispute.state.updated payment.created ' +
  'payment.updated refund.created refund.updated';

interface DescribedCode {
  name: string;
  'error-category': string;
}

describePublished("the codes and events of Square's published file", () => {
  let file: ReturnType<typeof readSquareFile>;
  beforeAll(() => {
    file = readSquareFile();
  });

  const meaningOf = (code: string, category: string): string => {
    const body = JSON.stringify({ errors: [{ category, code }] });
    const failure = failureOf({ kind: 'answered', status: 400, headers: {}, body });
    return failure.kind === 'declined' ? `declined ${failure.decline.code}` : failure.kind;
  };

  const codesOf = (category: string): string[] => {
    const described = file.components.schemas['ErrorCode']?.['x-enum-elements'] ?? [];
    return (described as DescribedCode[])
      .filter((code) => code['error-category'] === category)
      .map(({ name }) => name);
  };

  test('every code about the payment method is a decline of its own kind, but for the one that says to ask again', () => {
    const codes = codesOf('PAYMENT_METHOD_ERROR');
    expect(codes.length).toBeGreaterThan(35);
    const meanings = codes.map((code) => [code, meaningOf(code, 'PAYMENT_METHOD_ERROR')] as const);
    expect(meanings.filter(([, meaning]) => !meaning.startsWith('declined'))).toEqual([
      ['TEMPORARY_ERROR', 'unknown'],
    ]);
    const plain = meanings.filter(([, meaning]) => meaning === 'declined card_declined');
    expect(plain.map(([code]) => code).sort()).toEqual(PLAIN_DECLINES.split(' '));
  });

  test.for(['API_ERROR', 'RATE_LIMIT_ERROR', 'AUTHENTICATION_ERROR', 'REFUND_ERROR'])(
    'every code of the category %s has one meaning, whichever it is',
    (category) => {
      const meanings = new Set(codesOf(category).map((code) => meaningOf(code, category)));
      const refund = ['declined card_declined', 'declined payment_method_not_usable', 'refused'];
      const expected = { API_ERROR: ['unknown'], REFUND_ERROR: refund };
      expect([...meanings].sort()).toEqual(expected[category as 'API_ERROR'] ?? ['refused']);
    },
  );

  test('every event is handled, or is listed as ignored in the document of the gateway', () => {
    const types = Object.values(file.components.schemas).flatMap(
      (schema) => schema['x-webhook']?.event ?? [],
    );
    expect(types.length).toBeGreaterThan(15);
    const isHandled = (type: string): boolean => {
      const event = { event_id: 'event-1', type, created_at: '2026-11-20T12:00:00Z', data: {} };
      try {
        return translateWebhook(Buffer.from(JSON.stringify(event))).subject.kind !== 'none';
      } catch {
        // It wants its object, which is not there.
        return true;
      }
    };
    expect(types.filter(isHandled).sort()).toEqual(HANDLED.split(' '));
    const document = readFileSync(DOCUMENT, 'utf8');
    expect(types.filter((type) => !document.includes(`\`${type}\``))).toEqual([]);
  });

  test("the file's own example of each event that is handled says what it is about", () => {
    const examples = Object.values(file.components.schemas).flatMap((schema) => {
      const type = schema['x-webhook']?.event ?? '';
      return HANDLED.split(' ').includes(type) ? [[type, schema.example] as const] : [];
    });
    const subjects = examples.map(([type, example]) => {
      const { subject } = translateWebhook(Buffer.from(JSON.stringify(example)));
      return [type, subject.kind];
    });
    expect(Object.fromEntries(subjects)).toEqual({
      'card.disabled': 'method_detached',
      'card.forgotten': 'method_detached',
      'dispute.created': 'dispute',
      'dispute.state.changed': 'dispute',
      'dispute.state.updated': 'dispute',
      'payment.created': 'payment',
      'payment.updated': 'payment',
      'refund.created': 'refund',
      'refund.updated': 'refund',
    });
  });
});
