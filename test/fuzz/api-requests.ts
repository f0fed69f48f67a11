import fc from 'fast-check';
import { anyCursor, anyPaymentBody, anyQuery, anySegment } from '../support/near-valid.ts';
import { damageJson, damageText, ODD_VALUES } from './damage.ts';
import { fromSchema, type Samples, type Schema } from './from-schema.ts';
import type { Random } from './random.ts';
import { SEED } from './scale.ts';

/** A route of the API as its OpenAPI document has it. */
export interface Route {
  method: string;
  path: string;
  parameters: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  /** `null` where it takes none. */
  body: Schema | null;
  /** The schema of the answer's body by its status, where it is JSON. */
  answers: Readonly<Record<string, Schema | null>>;
}

interface Operation {
  parameters?: Route['parameters'];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, Schema> }> };
}

/** Every route of the document; those of operators come last, as they change how the others work. */
export function routesOf({ paths }: ApiDocument): Route[] {
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters ?? [],
      body: operation.requestBody?.content['application/json']?.schema ?? null,
      answers: Object.fromEntries(
        Object.entries(operation.responses).map(([status, { content }]) => [
          status,
          content?.['application/json']?.schema ?? null,
        ]),
      ),
    })),
  );
  return routes.toSorted((a, b) => Number(isForOperators(a)) - Number(isForOperators(b)));
}

export function isForOperators({ path }: Pick<Route, 'path'>): boolean {
  return path.startsWith('/api/v1/admin/');
}

export interface ApiRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What members are called and what they may well hold, so that requests get past the door. */
export const SAMPLES: Samples = {
  amount: [1_000, 1, 10_000, 100],
  currency: ['EUR', 'USD', 'JPY', 'KWD'],
  payment_method: ['pm_card_visa', 'pm_card_chargeDeclined', 'pm_card_authenticationRequired'],
  gateway: ['stripe'],
  gateways: ['stripe'],
  stripe: ['pm_card_visa'],
  square: ['cnon:card-nonce-ok'],
  return_url: ['https://shop.example/back'],
  limit: [1, 10, 100],
  email: ['jo@shop.example'],
};

const pool = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: 300, seed: SEED });
const SEGMENTS = pool(anySegment);
const CURSORS = pool(anyCursor);
const QUERIES = pool(anyQuery);
const PAYMENTS = pool(anyPaymentBody);
const TYPES = ['application/json; charset=utf-8', 'text/plain', 'application/xml', '', ';', 'x/y'];

/**
 * A request for this route: as its schema wants it, or nearly.
 *
 * @param ids what may stand for each parameter of the path: things that are there
 */
export function requestFor(random: Random, route: Route, ids: Samples): ApiRequest {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    random.onceIn(4) ? random.pick(SEGMENTS) : String(random.pick(ids[name] ?? ['nothing'])),
  );
  const query = queryFor(random, route);
  const headers: Record<string, string> = {};
  if (!random.onceIn(20)) headers['idempotency-key'] = `fuzz ${random.below(2 ** 31)}`;
  else if (random.onceIn(2)) headers['idempotency-key'] = 'x'.repeat(random.below(600));
  const request = { method: route.method, path: `${path}${query}`, headers };
  if (route.method === 'GET') return request;
  headers['content-type'] = random.onceIn(25) ? random.pick(TYPES) : 'application/json';
  return { ...request, body: bodyFor(random, route) };
}

function bodyFor(random: Random, route: Route): string {
  if (route.path === '/api/v1/payments' && random.onceIn(3)) return random.pick(PAYMENTS);
  const right = JSON.stringify(route.body ? fromSchema(random, route.body, SAMPLES) : {});
  switch (random.below(8)) {
    case 0:
      return damageText(random, right);
    case 1:
      return JSON.stringify(random.pick(ODD_VALUES));
    case 2:
    case 3:
    case 4:
      return JSON.stringify(damageJson(random, right));
    default:
      return right;
  }
}

function queryFor(random: Random, route: Route): string {
  const known = route.parameters.filter((each) => each.in === 'query');
  if (random.onceIn(known.length === 0 ? 8 : 4)) return `?${random.pick(QUERIES)}`;
  const pairs = known
    .filter(() => random.onceIn(3))
    .map(({ name, schema }) => {
      if (name === 'cursor') return `cursor=${random.pick(CURSORS)}`;
      const value = random.onceIn(3)
        ? random.pick(ODD_VALUES)
        : fromSchema(random, schema, SAMPLES, name);
      return `${name}=${encodeURIComponent(String(value).toWellFormed())}`;
    });
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
