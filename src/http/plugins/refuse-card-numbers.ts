import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findCardNumber } from '../../observability/card-number.ts';
import { findInJson, writePath, type JsonLeaf, type JsonPath } from '../json-path.ts';
import { problem, type Problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

/**
 * Refuses card numbers anywhere in a request: in values and names of the body and the query, in the path, and in the
 * headers that are kept. What is refused here is never stored, logged or sent on, and the answer does not repeat it.
 *
 * Raw bodies pass: what a gateway sends is its own affair, and holds no whole card numbers.
 */
export function refuseCardNumbers(app: FastifyInstance): void {
  app.addHook('preValidation', (request, reply, done) => {
    const refusal = findInRequest(request);
    if (refusal === null) return done();
    sendProblem(reply, refusal);
  });
}

function findInRequest({ body, query, params, headers }: FastifyRequest): Problem | null {
  const places = body instanceof Uint8Array ? [query, params] : [body, query, params];
  for (const place of places) {
    const found = findInJson(place, cardNumberIn);
    if (found !== null) return found;
  }
  const key = headers['idempotency-key'];
  return typeof key === 'string' && findCardNumber(key) !== null ? refuse('Idempotency-Key') : null;
}

function cardNumberIn({ value }: JsonLeaf, path: JsonPath): Problem | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  // Names are looked at before what stands under them, so the path itself never holds a card number.
  return findCardNumber(String(value)) === null ? null : refuse(writePath(path));
}

function refuse(param: string): Problem {
  return problem('card_number_refused', { param: param === '' ? null : param });
}
