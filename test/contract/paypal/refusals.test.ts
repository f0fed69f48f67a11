import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeNames } from '../../../src/sandbox/paypal/routes.ts';
import { changesOf } from '../support/flaws.ts';
import { encodeForm } from '../support/form.ts';
import { jsonChangesOf } from '../support/json-flaws.ts';
import type { Operation } from '../support/openapi.ts';
import { describePublished } from '../support/published-specs.ts';
import { NEWER_VALUES } from './newer-than-the-files.ts';
import { loadPublishedFiles, type PublishedFiles } from './published-files.ts';
import { startRecordedSandbox, type RecordedSandbox, type Reply } from './recorded-sandbox.ts';
import { prepareValidRequests, type ValidRequest } from './valid-requests.ts';

/** A name that no parameter of PayPal's has, and a value that none of them lists. */
const WORD = fc.stringMatching(/^[a-z]{1,8}$/).map((word) => `x_${word}`);

/** What the files say of the kinds of flaw that have to be among those that are generated. */
const KINDS = [
  'additional properties',
  'required property',
  'be array',
  'be boolean',
  'be integer',
  'be object',
  'be string',
  'allowed values',
  'characters',
  'match pattern',
];

/** Calls without a parameter, so that no request of theirs could be flawed. */
const WITHOUT_PARAMETERS = [
  'DELETE /v3/vault/payment-tokens/:id',
  'GET /v1/customer/disputes/:id',
  'GET /v2/payments/authorizations/:id',
  'GET /v2/payments/captures/:id',
  'GET /v2/payments/refunds/:id',
  'GET /v3/vault/payment-tokens/:id',
  'GET /v3/vault/setup-tokens/:id',
  'POST /v2/payments/authorizations/:id/void',
];

/** Calls whose bodies are not made of properties that can be changed one by one. */
const OF_ANOTHER_KIND = [
  // The file describes an upload.
  'POST /v1/customer/disputes/:id/accept-claim',
  // A list of patches, which has tests of its own.
  'PATCH /v2/checkout/orders/:id',
];

/**
 * Flaws that the sandbox lets pass: what it is asked to check is an event as it was received, of which every byte counts
 * and nothing is a parameter.
 */
const isEventContent = (what: string): boolean =>
  /webhook_event(\.| with | as an object)/.test(what);

describePublished("requests that PayPal's published files refuse", () => {
  let files: PublishedFiles;
  let recorded: RecordedSandbox;
  let valid: ValidRequest[];

  beforeAll(async () => {
    files = loadPublishedFiles(NEWER_VALUES);
    recorded = await startRecordedSandbox();
    valid = await prepareValidRequests(recorded);
  });

  afterAll(() => recorded.close());

  const operationOf = ({ method, path }: ValidRequest): Operation => {
    const operation = files.find(method, path);
    if (operation === null) throw new Error(`The files do not know ${method} ${path}`);
    return operation;
  };

  const problemsOf = (request: ValidRequest): string[] =>
    operationOf(request).readRequest({
      method: request.method,
      path: wholePath(request),
      contentType: 'body' in request ? 'application/json' : null,
      body: 'body' in request ? JSON.stringify(request.body) : null,
    }).problems;

  const send = (request: ValidRequest): Promise<Reply> =>
    recorded.call(request.method, wholePath(request), 'body' in request ? request.body : undefined);

  test('are refused by the sandbox too and change nothing: what is valid is granted afterwards', async () => {
    const kinds = new Set<string>();
    for (const request of valid) {
      const name = `${request.method} ${request.path}`;
      expect(problemsOf(request), name).toEqual([]);
      const [word = ''] = fc.sample(WORD, 1);
      const notRefused: string[] = [];
      for (const [what, changed] of changesOfRequest(request, word)) {
        const problems = problemsOf(changed);
        for (const kind of KINDS) if (problems.join().includes(kind)) kinds.add(kind);
        if (problems.length === 0 || isEventContent(what)) continue;
        const { status, body } = await send(changed);
        const isInvalid = status === 400 && body.name === 'INVALID_REQUEST';
        if (!isInvalid) notRefused.push(`${name}, ${what}: ${status} (${problems[0]})`);
      }
      expect(notRefused).toEqual([]);
      const { status, body } = await send(request);
      expect([200, 201], `${name}: ${JSON.stringify(body.details)}`).toContain(status);
    }
    expect([...kinds].sort()).toEqual(KINDS.toSorted());
  });

  test('are made from every operation of the sandbox that takes parameters', () => {
    const made = new Set(
      valid.map((request) => operationOf(request).name.replaceAll(/\{[^}]+\}/g, ':id')),
    );
    const others = [...WITHOUT_PARAMETERS, ...OF_ANOTHER_KIND];
    expect([...made, ...others].sort()).toEqual(routeNames().sort());
  });

  test('are granted where a value is listed as newer than the files, and only there', () => {
    const older = loadPublishedFiles();
    const refused = valid.filter((request) => {
      const asOfThen = older.find(request.method, request.path)?.readRequest({
        method: request.method,
        path: wholePath(request),
        contentType: 'body' in request ? 'application/json' : null,
        body: 'body' in request ? JSON.stringify(request.body) : null,
      });
      return asOfThen?.problems.length !== 0;
    });
    expect(refused.map(({ path }) => path)).toEqual(['/v3/vault/payment-tokens']);
  });
});

function wholePath(request: ValidRequest): string {
  const query = 'body' in request ? '' : encodeForm(request.query);
  return query === '' ? request.path : `${request.path}?${query}`;
}

/** The request with each change of one place in its body or its query. */
function changesOfRequest(request: ValidRequest, word: string): [string, ValidRequest][] {
  if ('body' in request) {
    return jsonChangesOf(request.body, word).map(({ name, body }) => [
      name,
      { ...request, body: body as Record<string, unknown> },
    ]);
  }
  return changesOf(request.query, word).map(({ name, parameters }) => [
    name,
    { ...request, query: parameters },
  ]);
}
