import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  BOOTSTRAP_OPERATOR,
  judgeAccess,
  type ApiKeyCaller,
  type Caller,
  type OperatorCaller,
} from '../../domain/access.ts';
import { problem, type Problem } from '../problem.ts';
import { createCredentialCache, type FindCredential } from './credential-cache.ts';
import { sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose request it is; `null` on public routes only. */
    caller: Caller | null;
  }
}

/** Why a request has no caller. */
export type AuthenticationFailure = 'missing' | 'malformed' | 'unknown';

export interface AuthenticationDependencies {
  findApiKey: FindCredential<ApiKeyCaller>;
  findOperator: FindCredential<OperatorCaller>;
  /** The SHA-256 of the first administrator's token; `null` where there is none. */
  bootstrapTokenHash: Buffer | null;
  metrics: {
    authenticationFailed(labels: { reason: AuthenticationFailure }): void;
  };
}

/** RFC 6750, section 2.1; the scheme's name is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^bearer +(\S+)$/i;
const API_KEY = /^tk_(?:test|live)_[\w-]{16,128}$/;
const OPERATOR_TOKEN = /^tok_[\w-]{16,128}$/;

/**
 * Asks who it is on every route that is not public, and whether they may.
 *
 * A credential is looked up by its SHA-256 and remembered for a second, so that a revoked one works no longer than that.
 */
export function authenticateCallers(
  app: FastifyInstance,
  dependencies: AuthenticationDependencies,
): void {
  const { bootstrapTokenHash, metrics } = dependencies;
  const findApiKey = createCredentialCache(dependencies.findApiKey);
  const findOperator = createCredentialCache(dependencies.findOperator);
  app.decorateRequest('caller', null);

  app.addHook('onRequest', (request, reply, done) => {
    const { public: isPublic, access = {} } = request.routeOptions.config;
    if (isPublic === true) return done();
    const refuse = (reason: AuthenticationFailure) => {
      metrics.authenticationFailed({ reason });
      sendProblem(reply, unauthorized(reason));
    };
    const admit = (caller: Caller | null) => {
      if (caller === null) return refuse('unknown');
      request.caller = caller;
      const judgement = judgeAccess(caller, access);
      if (judgement.kind === 'allowed') return done();
      sendProblem(reply, problem('forbidden', { detail: judgement.detail }));
    };

    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return refuse('missing');
    const digest = hash('sha256', token, 'buffer');
    // First, as this token may have any form.
    if (bootstrapTokenHash !== null && timingSafeEqual(digest, bootstrapTokenHash)) {
      return admit(BOOTSTRAP_OPERATOR);
    }
    if (API_KEY.test(token)) findApiKey(digest).then(admit, done);
    else if (OPERATOR_TOKEN.test(token)) findOperator(digest).then(admit, done);
    else refuse('malformed');
  });
}

/**
 * Who has sent a request.
 *
 * @throws where the route is public: asking there is a mistake in the code
 */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('a public route has no caller');
  return request.caller;
}

/**
 * The operator who has sent a request.
 *
 * @throws where the route admits others: asking there is a mistake in the code
 */
export function operatorOf(request: FastifyRequest): OperatorCaller {
  const caller = callerOf(request);
  if (caller.kind !== 'operator') throw new Error('this route admits others than operators');
  return caller;
}

function unauthorized(reason: AuthenticationFailure): Problem {
  const challenge = reason === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
  const parts = { headers: { 'www-authenticate': challenge } };
  if (reason === 'missing') return problem('unauthorized', parts);
  const detail =
    reason === 'malformed'
      ? 'The bearer token is neither an API key, which begins with tk_test_ or tk_live_, nor the token of an operator. Check what is sent.'
      : 'This API key or token does not exist or was revoked. Use another, or have an administrator make a new one.';
  return problem('unauthorized', { ...parts, detail });
}
