import { expect, test } from 'vitest';
import { decodeForm, encodeForm } from './form.ts';
import { readOpenApi, type Addition, type OpenApi, type WireRequest } from './openapi.ts';

/** A small document with everything that the large ones need. */
const shop = (additions: readonly Addition[] = []): OpenApi =>
  readOpenApi(
    {
      paths: {
        '/orders/{order}': {
          post: {
            parameters: [
              { $ref: '#/components/parameters/dry' },
              { in: 'path', name: 'order', required: true, schema: { type: 'string' } },
            ],
            requestBody: {
              content: {
                'application/x-www-form-urlencoded': {
                  schema: {
                    type: 'object',
                    required: ['amount'],
                    properties: {
                      amount: { type: 'integer' },
                      express: {
                        anyOf: [{ type: 'boolean' }, { enum: ['maybe'], type: 'string' }],
                      },
                      kind: { enum: ['gift', 'other'], type: 'string' },
                      lines: { type: 'array', items: { type: 'string', maxLength: 5 } },
                      to: { type: 'object', properties: { city: { type: 'string' } } },
                    },
                  },
                },
              },
            },
            responses: {
              '200': {
                content: { 'application/json': { schema: { $ref: '#/components/schemas/order' } } },
              },
              default: { $ref: '#/components/responses/problem' },
            },
          },
        },
        '/orders/search': { get: { responses: { '204': {} } } },
        '/orders': {
          put: {
            requestBody: {
              required: true,
              content: { 'application/json': { schema: { $ref: '#/components/schemas/order' } } },
            },
            responses: { '204': {} },
          },
        },
      },
      components: {
        parameters: { dry: { in: 'query', name: 'dry', schema: { type: 'boolean' } } },
        responses: {
          problem: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['code'],
                  properties: { code: { type: 'integer' } },
                },
              },
            },
          },
        },
        schemas: {
          order: {
            description: 'What was ordered.',
            allOf: [
              { $ref: '#/components/schemas/identified' },
              {
                type: 'object',
                required: ['state'],
                properties: {
                  state: { type: 'string', enum: ['open', 'done'], nullable: true },
                  parent: { nullable: true, anyOf: [{ $ref: '#/components/schemas/order' }] },
                  free: { type: 'object' },
                },
              },
            ],
          },
          identified: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
        },
      },
    },
    additions,
  );

const posted = (body: string, query = ''): WireRequest => ({
  method: 'POST',
  path: `/orders/1${query}`,
  contentType: 'application/x-www-form-urlencoded; charset=utf-8',
  body,
});

const problemsOf = (request: WireRequest): string[] =>
  shop().find(request.method, request.path)?.readRequest(request).problems ?? ['no operation'];

test('a request is found by method and path, and a fixed path before one with an open segment', () => {
  expect(shop().find('POST', '/orders/17?dry=true')?.name).toBe('POST /orders/{order}');
  expect(shop().find('GET', '/orders/search')?.name).toBe('GET /orders/search');
  expect(shop().find('POST', '/orders/17/lines')).toBeNull();
  expect(shop().find('DELETE', '/orders/17')).toBeNull();
});

test('the texts of a form become the types that the document gives them', () => {
  const request = posted('amount=5&express=true&lines[0]=a&lines[1]=b&to[city]=Ulm', '?dry=false');
  expect(shop().find('POST', request.path)?.readRequest(request)).toEqual({
    parameters: { amount: 5, express: true, lines: ['a', 'b'], to: { city: 'Ulm' }, dry: false },
    problems: [],
  });
});

test.each([
  ['an unknown parameter', 'amount=5&colour=red', /additional properties: "colour"/],
  ['an unknown parameter further in', 'amount=5&to[street]=x', /\/to .*"street"/],
  ['a missing parameter', 'kind=gift', /required property 'amount'/],
  ['a number that is none', 'amount=5.5', /\/amount must be integer/],
  ['a flag that is none', 'amount=5&express=perhaps', /\/express must be boolean/],
  ['a word that is not on the list', 'amount=5&kind=toll', /\/kind .*\["gift","other"\]/],
  ['a text that is too long', 'amount=5&lines[]=abcdef', /\/lines\/0 .* 5 characters/],
  ['a text in place of a hash', 'amount=5&to=x', /\/to must be object/],
  ['a hash in place of a text', 'amount=5&kind[a]=x', /\/kind must be string/],
])('%s in a form is a problem', (_, body, problem) => {
  expect(problemsOf(posted(body)).join('; ')).toMatch(problem);
});

test('an unknown query parameter, an unknown content type and a missing body are problems', () => {
  expect(problemsOf(posted('amount=5', '?wet=true'))).toEqual([expect.stringContaining('"wet"')]);
  expect(problemsOf({ ...posted('<a/>'), contentType: 'text/xml' })).toEqual([
    'no body of type "text/xml" is described',
  ]);
  const nothing = { method: 'PUT', path: '/orders', contentType: null, body: null };
  expect(problemsOf(nothing)).toEqual(['a body is required']);
});

test('a JSON body is checked as it is, without turning texts into anything', () => {
  const put = (body: object): WireRequest => ({
    method: 'PUT',
    path: '/orders',
    contentType: 'application/json',
    body: JSON.stringify(body),
  });
  expect(problemsOf(put({ id: '1', state: 'open' }))).toEqual([]);
  expect(problemsOf(put({ id: 1, state: 'open' }))).toEqual(['/id must be string']);
});

test.each<[string, number, object, RegExp]>([
  ['a field that is not described', 200, { id: '1', state: null, extra: 1 }, /"extra"/],
  [
    'such a field further in',
    200,
    { id: '1', state: null, parent: { id: '2', state: null, x: 1 } },
    /"x"/,
  ],
  ['a missing field of a part', 200, { state: 'open' }, /required property 'id'/],
  ['a null where none may be', 200, { id: null, state: 'open' }, /\/id must be string/],
  [
    'a word that is not on the list',
    200,
    { id: '1', state: 'lost' },
    /\/state must be equal to one/,
  ],
  ['a text in place of a number', 404, { code: '5' }, /\/code must be integer/],
])('%s in an answer is a problem', (_, status, body, problem) => {
  const problems = shop()
    .find('POST', '/orders/1')
    ?.checkAnswer({ status, body: JSON.stringify(body) });
  expect(problems?.join('; ')).toMatch(problem);
});

test('an answer may be null where the document says so, and hold anything where it does not say what', () => {
  const body = JSON.stringify({ id: '1', state: null, parent: null, free: { any: ['thing'] } });
  expect(shop().find('POST', '/orders/1')?.checkAnswer({ status: 200, body })).toEqual([]);
});

test('an answer that the document does not describe is a problem', () => {
  const search = shop().find('GET', '/orders/search');
  expect(search?.checkAnswer({ status: 204, body: '' })).toEqual([]);
  expect(search?.checkAnswer({ status: 204, body: '{}' })).toEqual(['answer 204 has no JSON body']);
  expect(search?.checkAnswer({ status: 200, body: '{}' })).toEqual(['no answer 200 is described']);
});

test('an addition makes room for what is newer, and one that is not newer is refused', () => {
  const at = ['components', 'schemas', 'identified', 'properties', 'since'];
  const newer = { at, value: { type: 'integer' }, reason: 'Orders carry their year since 2025.' };
  const order = { id: '1', state: 'open', since: 2025 };
  expect(shop().checkObject('order', order).join()).toContain('"since"');
  expect(shop([newer]).checkObject('order', order)).toEqual([]);
  expect(shop([newer]).checkObject('order', { ...order, since: 'x' })).toContain(
    '/since must be integer',
  );
  expect(() => shop([{ ...newer, at: [...at.slice(0, -1), 'id'] }])).toThrow('not newer');
});

test('a keyword that is not known throws: no rule is passed over in silence', () => {
  const document = {
    paths: {},
    components: { schemas: { odd: { type: 'string', mood: 'sour' } } },
  };
  expect(() => readOpenApi(document)).toThrow('mood');
});

test('a form that was written is read back as it was', () => {
  const values = { a: 'x & y', list: ['1', '2'], hash: { inner: { deep: '[]' }, other: '' } };
  expect(decodeForm(encodeForm(values))).toEqual(values);
  expect(() => decodeForm('a]=1')).toThrow('a]');
});
