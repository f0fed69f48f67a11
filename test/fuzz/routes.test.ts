import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKey } from '../../src/admin/api-keys.ts';
import { ADMIN_TOKEN, asAdmin } from '../support/as-operator.ts';
import { act, CHALLENGED, DRAFT, HELD, pay, PATIENT } from '../support/checkout.ts';
import { expectSameBooks } from '../support/same-books.ts';
import { startTenderProcesses, type TenderProcesses } from '../support/tender-processes.ts';
import {
  isForOperators,
  requestFor,
  routesOf,
  type ApiDocument,
  type ApiRequest,
  type Route,
} from './api-requests.ts';
import type { Samples } from './from-schema.ts';
import { createRandom } from './random.ts';
import { REQUESTS_EACH, SEED } from './scale.ts';

const AT_ONCE = 8;
/** What may stay behind in the API after any number of requests: caches that are full, and the collector's reserve. */
const MEMORY_ALLOWANCE_BYTES = 160 * 1_024 * 1_024;

/** Formats that JSON Schema does not check are checked; the document itself is held to its own rules elsewhere. */
const ajv = new Ajv2020({ strict: false, validateSchema: false });
addFormats.default(ajv);

let tender: TenderProcesses;
let document: ApiDocument;
beforeAll(async () => {
  tender = await startTenderProcesses({
    env: {
      ...PATIENT,
      TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
      PAYMENT_RATE_LIMIT_PER_CALLER: '0',
      PAYMENT_RATE_LIMIT_PER_ADDRESS: '0',
    },
  });
  document = (await (await fetch(`${tender.apiUrl}/openapi.json`)).json()) as ApiDocument;
});
afterAll(() => tender.close());

test(
  'no request that is right or nearly right makes the API fail, and what it answers is what it publishes',
  { timeout: 120_000 + REQUESTS_EACH * 2_000 },
  async () => {
    await fillTheShop();
    const problems: string[] = [];
    const routes = routesOf(document);
    const started = tender.api.pid;
    let memoryBytes = 0;
    for (const [at, route] of routes.entries()) {
      problems.push(...(await fuzz(route, at)));
      if (route.method !== 'GET' && isForOperators(route)) await openTheShop();
      if (at === Math.floor(routes.length / 4)) memoryBytes = await residentBytes();
    }
    expect(problems).toEqual([]);
    expect(tender.api.pid).toBe(started);
    expect(tender.api.isRunning).toBe(true);
    expect((await residentBytes()) - memoryBytes).toBeLessThan(MEMORY_ALLOWANCE_BYTES);
    await tender.settled();
    await expectSameBooks(tender);
  },
);

/** What is wrong with the answers of one route: the first few of them. */
async function fuzz(route: Route, at: number): Promise<string[]> {
  const { key } = await createApiKey(tender.db, { name: `fuzz ${at}`, mode: 'test' });
  const token = isForOperators(route) ? ADMIN_TOKEN : key;
  const ids = await idsFor(route, token);
  const judge = answerJudge(route);
  const problems: string[] = [];
  let next = 0;
  const sender = async () => {
    while (next < REQUESTS_EACH && problems.length < 3) {
      const index = next++;
      const request = requestFor(createRandom(SEED, at, index), route, ids);
      const problem = judge(await send(request, token));
      if (problem !== null) {
        problems.push(`${problem}\nFUZZ_SEED=${SEED}: ${JSON.stringify(request)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return problems;
}

interface Sent {
  status: number;
  type: string;
  text: string;
}

async function send(request: ApiRequest, token: string): Promise<Sent> {
  const { method, path, headers, body } = request;
  const response = await fetch(`${tender.apiUrl}${path}`, {
    method,
    headers: { ...headers, authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body }),
  });
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text: await response.text() };
}

/** Says what is wrong with an answer of this route, by the OpenAPI document; `null` where nothing is. */
function answerJudge(route: Route): (answer: Sent) => string | null {
  const validators = new Map<string, ValidateFunction>();
  const codes = document.components.schemas['Problem']?.properties['code']?.enum ?? [];
  return ({ status, type, text }) => {
    const where = `${route.method} ${route.path} answers ${status}`;
    if (status >= 500) return `${where}: ${text}\n${logOf(text)}`;
    if (status >= 400) {
      if (!type.startsWith('application/problem+json')) return `${where} as ${type}: ${text}`;
      const { code } = JSON.parse(text) as { code: string };
      return codes.includes(code) ? null : `${where} with the code ${code}`;
    }
    if (!(String(status) in route.answers)) return `${where}, which is not published`;
    const schema = route.answers[status];
    if (!schema) return null;
    // Compiling takes longer than a request, so only what comes is compiled.
    const validate = validators.get(String(status)) ?? ajv.compile(schema);
    validators.set(String(status), validate);
    if (validate(JSON.parse(text))) return null;
    return `${where} with what is not published: ${ajv.errorsText(validate.errors)}\n${text}`;
  };
}

/** What the API wrote to its log about a request that it answered so. */
function logOf(text: string): string {
  const id = /"request_id":"([^"]+)"/.exec(text)?.[1];
  const lines = tender.api.output.split('\n');
  return lines.filter((line) => id !== undefined && line.includes(id)).join('\n');
}

/** The ids of what is there, for each parameter of the path. */
async function idsFor({ path }: Route, token: string): Promise<Samples> {
  const ids: Record<string, unknown[]> = { gateway: ['stripe'] };
  let base = '';
  for (const segment of path.split('/').slice(1)) {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined || name === 'gateway') {
      base += `/${segment.replace('{gateway}', 'stripe')}`;
      continue;
    }
    const answer = await fetch(`${tender.apiUrl}${base}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { data = [] } = (await answer.json()) as { data?: { id: unknown }[] };
    ids[name] = [...data.map(({ id }) => id), 'nothing'];
    base += `/${String(ids[name][0])}`;
  }
  return ids;
}

/** Something of everything, in several states. */
async function fillTheShop(): Promise<void> {
  const [paid, held] = await Promise.all([
    pay(tender, { ...HELD, capture_method: 'automatic' }),
    pay(tender, HELD),
    pay(tender, DRAFT),
    pay(tender, CHALLENGED),
  ]);
  await act(tender, paid.json.id, 'refunds', { amount: 1_000 });
  await act(tender, held.json.id, 'capture', { amount: 500 });
  await tender.call('POST', '/api/v1/customers', { body: { email: 'jo@shop.example' } });
  const { json: fresh } = await pay(tender, HELD);
  expect(fresh.status).toBe('requires_capture');
  await asAdmin(tender, 'POST', '/operators', { name: 'somebody', role: 'viewer' });
  const disputed = await fetch(`${tender.sandbox.url}/__sandbox/disputes`, {
    method: 'POST',
    body: JSON.stringify({ payment: paid.json.gateway_payment_id }),
  });
  expect(disputed.ok).toBe(true);
  await tender.settled();
}

/** Undoes what a request of an operator may have done to all others. */
async function openTheShop(): Promise<void> {
  const opened = await asAdmin(tender, 'PUT', '/maintenance', { enabled: false });
  expect(opened.status).toBe(200);
  await asAdmin(tender, 'POST', '/gateways/stripe/enable', {});
}

async function residentBytes(): Promise<number> {
  return (await tender.api.metric('process_resident_memory_bytes')) ?? 0;
}
