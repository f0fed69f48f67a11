import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problem, type Problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route wants an `Idempotency-Key`. */
    idempotent?: boolean;
  }
  interface FastifyRequest {
    /** Which request the caller means, however often it is sent. Only there on routes that are idempotent. */
    idempotency: Idempotency;
  }
}

export interface Idempotency {
  /** Method and path, such as `POST /api/v1/payments/pay_x/capture`: one key may stand for different things. */
  scope: string;
  key: string;
  /** SHA-256 of method, path and body. Two bodies that differ in the order of members only are the same. */
  fingerprint: Buffer;
}

const WELL_FORMED = /^[\x20-\x7e]{1,255}$/;

/** Reads the `Idempotency-Key` on the routes that want one, and refuses those requests that have none. */
export function readIdempotencyKeys(app: FastifyInstance): void {
  app.decorateRequest('idempotency');

  // Before validation, which fills in defaults: what counts is what was sent.
  app.addHook('preValidation', (request, reply, done) => {
    if (request.routeOptions.config.idempotent !== true) return done();
    const key = keyOf(request);
    if (typeof key !== 'string') {
      sendProblem(reply, key);
      return;
    }
    const scope = `${request.method} ${pathOf(request)}`;
    request.idempotency = { scope, key, fingerprint: fingerprint(scope, request.body) };
    done();
  });
}

function keyOf({ headers, raw }: FastifyRequest): string | Problem {
  const key = headers['idempotency-key'];
  if (key === undefined || key === '') return problem('idempotency_key_missing');
  if (typeof key !== 'string' || !WELL_FORMED.test(key) || isRepeated(key, raw.rawHeaders)) {
    return problem('idempotency_key_invalid');
  }
  return key;
}

/** Node joins repeated headers with a comma, so that two keys look like one. */
function isRepeated(key: string, rawHeaders: readonly string[]): boolean {
  if (!key.includes(',')) return false;
  return rawHeaders.filter((name) => name.toLowerCase() === 'idempotency-key').length > 1;
}

/** The path with its ids decoded, so that one path written in two ways is one path. */
function pathOf({ routeOptions, params }: FastifyRequest): string {
  const values = params as Readonly<Record<string, string | undefined>>;
  return (routeOptions.url ?? '').replace(/:(\w+)/g, (_match, name: string) => values[name] ?? '');
}

function fingerprint(scope: string, body: unknown): Buffer {
  return hash('sha256', `${scope}\n${canonicalJson(body)}`, 'buffer');
}

/** JSON with the members of every object in the order of their names; empty for no body. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value as Record<string, unknown>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
