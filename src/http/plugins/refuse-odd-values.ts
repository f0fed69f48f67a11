import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  findInJson,
  isNestedDeeperThan,
  writePath,
  type JsonLeaf,
  type JsonPath,
} from '../json-path.ts';
import { problem, type Problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

/** No body of this API is nested deeper than three; what is, is not meant for it. */
const MAX_DEPTH = 16;

/**
 * Refuses values that are valid JSON and yet cannot be kept as they are: texts that PostgreSQL or UTF-8 cannot hold,
 * numbers too large for any number, and names with a meaning of their own in JavaScript. Raw bodies pass untouched.
 */
export function refuseOddValues(app: FastifyInstance): void {
  app.addHook('preValidation', (request, reply, done) => {
    const odd = findOddity(request);
    if (odd === null) return done();
    sendProblem(reply, odd);
  });
}

function findOddity({ body, query, params }: FastifyRequest): Problem | null {
  if (body instanceof Uint8Array) return findInJson(params, oddity);
  if (isNestedDeeperThan(MAX_DEPTH, body)) {
    return problem('invalid_request', {
      detail: `The body is nested deeper than ${MAX_DEPTH} levels: flatten it.`,
    });
  }
  return findInJson(body, oddity) ?? findInJson(query, oddity) ?? findInJson(params, oddity);
}

function oddity({ kind, value }: JsonLeaf, path: JsonPath): Problem | null {
  const wrong = kind === 'name' ? oddName(value) : oddValue(value);
  if (wrong === null) return null;
  const param = writePath(path);
  const subject = kind === 'name' ? 'A member name' : 'The value';
  return problem('parameter_invalid', {
    param: param === '' ? null : param,
    detail: `${subject} ${param === '' ? '' : kind === 'name' ? `in ${param} ` : `of ${param} `}${wrong}`,
  });
}

function oddName(name: string): string | null {
  if (name === '__proto__') return 'is __proto__: choose another name.';
  return oddText(name);
}

function oddValue(value: unknown): string | null {
  if (typeof value === 'string') return oddText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return 'is a number too large to be represented: send a smaller one.';
  }
  return null;
}

function oddText(text: string): string | null {
  if (text.includes('\0')) return 'holds a NUL character, which cannot be stored: remove it.';
  if (!text.isWellFormed()) {
    return 'holds half of a surrogate pair, which is not Unicode text: send the whole character.';
  }
  return null;
}
