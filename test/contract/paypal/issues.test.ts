import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { failureOf } from '../../../src/gateways/paypal/errors.ts';
import { describePublished, publishedSpec } from '../support/published-specs.ts';

/** What the adapter makes of the issues that PayPal documents with a 422. All others are refusals of the request. */
const EXPECTED: Record<string, string> = {
  'declined card_declined':
    'ALIAS_DECLINED_BY_PROCESSOR COMPLIANCE_VIOLATION DECLINED_DUE_TO_RELATED_TXN INSTRUMENT_DECLINED ' +
    'PAYER_CANNOT_PAY PAYMENT_SOURCE_DECLINED_BY_PROCESSOR TRANSACTION_REFUSED',
  'declined insufficient_funds': 'REFUND_FAILED_INSUFFICIENT_FUNDS',
  'declined expired_card': 'CARD_EXPIRED INVALID_EXPIRY_DATE REFERENCED_CARD_EXPIRED',
  'declined incorrect_cvc': 'INVALID_SECURITY_CODE_LENGTH',
  'declined incorrect_postal_code': 'BILLING_ADDRESS_INVALID',
  'declined authentication_required': 'PAYER_ACTION_REQUIRED',
  'declined fraud_suspected': 'PAYEE_BLOCKED_TRANSACTION TRANSACTION_BLOCKED_BY_PAYEE',
  'declined limit_exceeded':
    'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED TRANSACTION_LIMIT_EXCEEDED TRANSACTION_RECEIVING_LIMIT_EXCEEDED',
  'declined card_not_supported':
    'CARD_BRAND_NOT_SUPPORTED CARD_TYPE_NOT_SUPPORTED DOMESTIC_TRANSACTION_REQUIRED PAYMENT_SOURCE_NOT_SUPPORTED',
  'declined currency_not_supported':
    'CURRENCY_NOT_SUPPORTED_FOR_BANK CURRENCY_NOT_SUPPORTED_FOR_CARD_TYPE CURRENCY_NOT_SUPPORTED_FOR_COUNTRY',
  'declined duplicate_transaction': 'DUPLICATE_INVOICE_ID',
  'declined payment_method_not_usable':
    'AGREEMENT_ALREADY_CANCELLED BILLING_AGREEMENT_NOT_FOUND PAYER_ACCOUNT_LOCKED_OR_CLOSED ' +
    'PAYER_ACCOUNT_RESTRICTED PAYMENT_SOURCE_CANNOT_BE_USED PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED ' +
    'PAYPAL_TRANSACTION_ID_EXPIRED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING TOKEN_EXPIRED TOKEN_ID_NOT_FOUND',
  'of state':
    'AUTHORIZATION_ALREADY_CAPTURED AUTHORIZATION_DENIED AUTHORIZATION_EXPIRED AUTHORIZATION_VOIDED ' +
    'MAX_AUTHORIZATION_COUNT_EXCEEDED MAX_CAPTURE_COUNT_EXCEEDED ORDER_ALREADY_AUTHORIZED ORDER_ALREADY_CAPTURED ' +
    'ORDER_ALREADY_COMPLETED ORDER_CANNOT_BE_CONFIRMED ORDER_COMPLETED_OR_VOIDED ORDER_IS_PENDING_APPROVAL ' +
    'ORDER_NOT_APPROVED PAYMENT_ALREADY_APPROVED PREVIOUSLY_CAPTURED PREVIOUSLY_VOIDED',
  'unknown key_conflict': 'ORDER_COMPLETION_IN_PROGRESS',
};

/** Issues by the status that they come with. */
type Issues = Map<string, Set<string>>;

describePublished("the issues of PayPal's published files", () => {
  let documented: Issues = new Map();

  beforeAll(() => {
    documented = new Map();
    for (const file of ['paypal-orders-v2.json', 'paypal-payments-v2.json']) {
      collect(JSON.parse(readFileSync(publishedSpec(file), 'utf8')), documented);
    }
  });

  test('each one of a 422 is told as what it is: a no to the payer, to the request, or to the state of the order', () => {
    const found: Record<string, string[]> = {};
    for (const issue of documented.get('422') ?? []) {
      const meaning = meaningOf(422, issue);
      if (meaning !== 'refused') (found[meaning] ??= []).push(issue);
    }
    const sorted = Object.entries(found).map(([meaning, issues]) => [
      meaning,
      issues.sort().join(' '),
    ]);
    expect(Object.fromEntries(sorted)).toEqual(EXPECTED);
    expect(documented.get('422')?.size).toBeGreaterThan(190);
  });

  test('no issue of any other status is taken for a decline, and one of a 409 leaves the outcome open', () => {
    expect([...documented.keys()].sort()).toEqual(['400', '401', '403', '404', '409', '422']);
    for (const [status, issues] of documented) {
      if (status === '422') continue;
      const expected = status === '409' ? 'unknown key_conflict' : 'refused';
      for (const issue of issues) expect(meaningOf(Number(status), issue), issue).toBe(expected);
    }
  });
});

function meaningOf(status: number, issue: string): string {
  const body = JSON.stringify({ name: 'UNPROCESSABLE_ENTITY', details: [{ issue }] });
  const failure = failureOf({ kind: 'answered', status, headers: {}, body });
  switch (failure.kind) {
    case 'declined':
      return `declined ${failure.decline.code}`;
    case 'refused':
      return failure.isOfState ? 'of state' : 'refused';
    case 'unknown':
      return `unknown ${failure.error.category}`;
  }
}

interface Document {
  paths: Record<string, Record<string, { responses?: Record<string, unknown> }>>;
}

/** Adds every `issue` that an error of the document can have, wherever it is described. */
function collect(json: unknown, issues: Issues): void {
  const { paths } = json as Document;
  for (const operation of Object.values(paths).flatMap((item) => Object.values(item))) {
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      if (!/^4/.test(status)) continue;
      const found = issues.get(status) ?? new Set();
      walk(json, response, found, new Set());
      if (found.size > 0) issues.set(status, found);
    }
  }
}

function walk(json: unknown, node: unknown, issues: Set<string>, seen: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if (name === '$ref' && typeof value === 'string' && !seen.has(value)) {
      const keys = value.slice(2).split('/');
      const target = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], json);
      walk(json, target, issues, new Set([...seen, value]));
    }
    if (name === 'issue') {
      const { enum: values = [] } = value as { enum?: string[] };
      for (const each of values) issues.add(each);
    }
    walk(json, value, issues, seen);
  }
}
