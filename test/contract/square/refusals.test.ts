import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeNames } from '../../../src/sandbox/square/routes.ts';
import type { Answer } from '../../../src/sandbox/square/test-client.ts';
import { changesOf } from '../support/flaws.ts';
import { encodeForm } from '../support/form.ts';
import { jsonChangesOf } from '../support/json-flaws.ts';
import type { OpenApi, Operation } from '../support/openapi.ts';
import { describePublished } from '../support/published-specs.ts';
import { loadSquare } from './published-file.ts';
import { startRecordedSandbox, type RecordedSandbox, type Reply } from './recorded-sandbox.ts';
import { prepareValidRequests, type ValidRequest } from './valid-requests.ts';

/** A name that no parameter of Square's has, and a value that none of them lists. */
const WORD = fc.stringMatching(/^[a-z]{1,8}$/).map((word) => `x_${word}`);

/** What the file says of the kinds of flaw that have to be among those that are generated. */
const KINDS = [
  'additional properties',
  'required property',
  'be integer',
  'be boolean',
  'be object',
  'be string',
  'allowed values',
  'characters',
];

/** How the sandbox refuses a parameter that it does not take. */
const NOT_TAKEN = [
  'UNKNOWN_BODY_PARAMETER',
  'UNKNOWN_QUERY_PARAMETER',
  'SANDBOX_NOT_SUPPORTED',
  'UNEXPECTED_VALUE',
];

/** What the sandbox takes and no request above can have. */
const NOT_IN_VALID_REQUESTS = [
  // A cursor is what a list before it has answered with.
  ...[
    'cards',
    'customers',
    'disputes',
    'disputes/{dispute_id}/evidence',
    'payments',
    'payouts',
    'payouts/{payout_id}/payout-entries',
    'refunds',
  ].map((path) => `GET /v2/${path}: cursor`),
  'POST /v2/customers/search: cursor',
];

describePublished("requests that Square's published file refuses", () => {
  let square: OpenApi;
  let recorded: RecordedSandbox;
  let valid: ValidRequest[];

  beforeAll(async () => {
    square = loadSquare();
    recorded = await startRecordedSandbox();
    valid = await prepareValidRequests(recorded);
  });

  afterAll(() => recorded.close());

  const operationOf = ({ method, path }: ValidRequest): Operation => {
    const operation = square.find(method, path);
    if (operation === null) throw new Error(`The file does not know ${method} ${path}`);
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
        if (problems.length === 0) continue;
        const { status, body } = await send(changed);
        if (!isInvalid(status, body))
          notRefused.push(`${name}, ${what}: ${status} (${problems[0]})`);
      }
      expect(notRefused).toEqual([]);
      const { status, body } = await send(request);
      expect({ status, errors: body.errors }, name).toEqual({ status: 200 });
    }
    expect([...kinds].sort()).toEqual(KINDS.toSorted());
  });

  test('are made from every operation of the sandbox, with every parameter that it takes', async () => {
    const made = new Map<string, Set<string>>();
    for (const request of valid) {
      const { name } = operationOf(request);
      const names = Object.keys('body' in request ? request.body : request.query);
      made.set(name, new Set([...(made.get(name) ?? []), ...names]));
    }
    const known = routeNames().sort();
    expect([...made.keys()].map((name) => name.replaceAll(/\{[^}]+\}/g, ':id')).sort()).toEqual(
      known,
    );
    const taken: string[] = [];
    for (const request of valid) {
      const operation = operationOf(request);
      for (const name of parametersOf(square, operation)) {
        if (made.get(operation.name)?.has(name) === true) continue;
        const more =
          'body' in request
            ? { ...request, body: { ...request.body, [name]: 'x' } }
            : { ...request, query: { ...request.query, [name]: 'x' } };
        const { body } = await send(more);
        const own = body.errors?.find(({ field }) => field === name);
        if (own === undefined || !NOT_TAKEN.includes(own.code))
          taken.push(`${operation.name}: ${name}`);
      }
    }
    expect(taken.sort()).toEqual(NOT_IN_VALID_REQUESTS.toSorted());
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

function isInvalid(status: number, body: Answer): boolean {
  return status === 400 && body.errors?.[0]?.category === 'INVALID_REQUEST_ERROR';
}

/** The names of what an operation takes in its body or its query. */
function parametersOf(square: OpenApi, { parameters }: Operation): string[] {
  const reference = parameters['$ref'];
  const described =
    typeof reference === 'string' ? square.schema(reference.split('/').at(-1) ?? '') : parameters;
  return Object.keys(described?.['properties'] ?? {});
}
