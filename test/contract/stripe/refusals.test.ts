import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changesOf, type Parameters } from '../support/flaws.ts';
import { encodeForm, type FormValue } from '../support/form.ts';
import { loadOpenApi, type OpenApi, type Operation } from '../support/openapi.ts';
import { describePublished, publishedSpec } from '../support/published-specs.ts';
import { NEWER_PARAMETERS } from './newer-than-the-file.ts';
import { operationsOf, startRecordedSandbox, type RecordedSandbox } from './recorded-sandbox.ts';
import { prepareValidRequests, type ValidRequest } from './valid-requests.ts';

/** A name that no parameter of Stripe's has, and a value that none of them lists. */
const WORD = fc.stringMatching(/^[a-z]{1,8}$/).map((word) => `x_${word}`);

/** What the file says of the kinds of flaw that have to be among those that are generated. */
const KINDS = [
  'additional properties',
  'required property',
  'be integer',
  'be boolean',
  'be object',
  'be array',
  'be string',
  'allowed values',
  'characters',
];

/** What the sandbox takes and no request that is valid under the file can have. */
const NOT_IN_VALID_REQUESTS = [
  // Of this the file has every method but the card, and the sandbox the card only.
  ...['', '/{intent}', '/{intent}/confirm'].map(
    (path) => `POST /v1/payment_intents${path}: payment_method_data`,
  ),
  // An event has nothing to expand.
  'GET /v1/events: expand',
  'GET /v1/events/{id}: expand',
  // For a card, which a captured payment has, the sandbox refuses it.
  'POST /v1/payment_intents/{intent}/capture: statement_descriptor',
];

describePublished("requests that Stripe's published file refuses", () => {
  let stripe: OpenApi;
  let recorded: RecordedSandbox;
  let valid: ValidRequest[];

  beforeAll(async () => {
    stripe = loadOpenApi(publishedSpec('stripe.json'));
    recorded = await startRecordedSandbox();
    valid = await prepareValidRequests(recorded);
  });

  afterAll(() => recorded.close());

  const operationOf = ({ method, path }: ValidRequest): Operation => {
    const operation = stripe.find(method, path);
    if (operation === null) throw new Error(`The file does not know ${method} ${path}`);
    return operation;
  };

  const problemsOf = (request: ValidRequest): string[] => {
    const { method, path, parameters } = request;
    const form = encodeForm(parameters);
    const isPost = method === 'POST';
    return operationOf(request).readRequest({
      method,
      path: isPost ? path : `${path}?${form}`,
      contentType: isPost ? 'application/x-www-form-urlencoded' : null,
      body: isPost ? form : null,
    }).problems;
  };

  const send = ({ method, path, parameters }: ValidRequest) =>
    method === 'POST' ? recorded.post(path, parameters) : recorded.get(path, parameters);

  /** Those of the requests that the sandbox does not refuse as invalid. */
  const notRefused = async (requests: ValidRequest[]): Promise<string[]> => {
    const replies = await Promise.all(requests.map(send));
    return replies.flatMap(({ status, body }, index) =>
      status === 400 && body.error.type === 'invalid_request_error'
        ? []
        : [`${requests[index]?.name}: ${status}`],
    );
  };

  test('are refused by the sandbox too and change nothing: what is valid is granted afterwards', async () => {
    const kinds = new Set<string>();
    for (const request of valid) {
      expect(problemsOf(request), request.name).toEqual([]);
      const [word = ''] = fc.sample(WORD, 1);
      const flawed: ValidRequest[] = [];
      for (const { name, parameters } of changesOf(request.parameters, word)) {
        const changed = { ...request, name: `${request.name}, ${name}`, parameters };
        const problems = problemsOf(changed);
        for (const kind of KINDS) if (problems.join().includes(kind)) kinds.add(kind);
        if (problems.length > 0) flawed.push(changed);
      }
      expect(flawed.length, request.name).toBeGreaterThan(0);
      expect(await notRefused(flawed)).toEqual([]);
      const { status, body } = await send(request);
      expect({ status, error: body.error }, request.name).toEqual({ status: 200 });
    }
    expect([...kinds].sort()).toEqual(KINDS.toSorted());
  });

  test('are made from every operation of the sandbox, with every parameter that it takes', async () => {
    const all = await operationsOf(recorded, stripe);
    // A deletion takes no parameters.
    const known = all.filter((name) => !name.startsWith('DELETE '));
    const made = new Map<string, Set<string>>();
    for (const request of valid) {
      const { name } = operationOf(request);
      made.set(name, new Set([...(made.get(name) ?? []), ...Object.keys(request.parameters)]));
    }
    expect([...made.keys()].sort()).toEqual(known.toSorted());
    const others = valid.flatMap((request) => {
      const operation = operationOf(request);
      const names = Object.keys(operation.parameters['properties'] ?? {});
      return names
        .filter((name) => made.get(operation.name)?.has(name) !== true)
        .map((name) => ({ ...request, parameters: { ...request.parameters, [name]: 'x' } }));
    });
    const taken: string[] = [];
    for (const request of others) {
      const { body } = await send(request);
      const name = Object.keys(request.parameters).at(-1);
      if (body.error?.code !== 'parameter_unknown')
        taken.push(`${operationOf(request).name}: ${name}`);
    }
    expect([...new Set(taken)].sort()).toEqual(NOT_IN_VALID_REQUESTS.toSorted());
  });

  test('are granted by the sandbox where they are listed as newer than the file, and only there', async () => {
    const paid = {
      amount: '2000',
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: 'true',
    };
    const automatic_payment_methods = { enabled: 'true', allow_redirects: 'never' };
    const capture_method = 'manual';
    const form = { ...paid, automatic_payment_methods, capture_method };
    const { body: held } = await recorded.post('/v1/payment_intents', form);
    const newer = NEWER_PARAMETERS.map(({ operation, example }): ValidRequest => ({
      name: operation,
      method: 'POST',
      path: operation.replace('POST ', '').replace('{intent}', held.id),
      parameters: toForm(example) as Parameters,
    }));
    for (const request of newer) expect(problemsOf(request), request.name).not.toEqual([]);
    expect(await notRefused(newer)).toEqual(newer.map(({ name }) => `${name}: 200`));
  });
});

function toForm(value: unknown): FormValue {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(toForm);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toForm(inner)]));
}
