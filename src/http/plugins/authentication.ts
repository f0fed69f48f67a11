import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problem, type Problem } from '../problem.ts';
import { createApiKeyCache, type ApiKey, type FindApiKey } from './api-key-cache.ts';
import { sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without an API key. Without this word a route wants one. */
    public?: boolean;
  }
  interface FastifyRequest {
    /** Whose request it is; `null` on public routes only. */
    apiKey: ApiKey | null;
  }
}

/** Why a request has no caller. */
type Reason = 'missing' | 'malformed' | 'unknown';

export interface AuthenticationDependencies {
  findApiKey: FindApiKey;
  metrics: {
    authenticationFailed(labels: { reason: Reason }): void;
  };
}

/** RFC 6750, section 2.1; the scheme's name is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^bearer +(\S+)$/i;
const API_KEY = /^tk_(?:test|live)_[\w-]{16,128}$/;

/**
 * Asks for an API key on every route that does not say that it is public, a route added later included.
 *
 * A key is looked up by its SHA-256 and remembered for a second, so that a revoked one works no longer than that.
 */
export function requireApiKeys(
  app: FastifyInstance,
  dependencies: AuthenticationDependencies,
): void {
  const findApiKey = createApiKeyCache(dependencies.findApiKey);
  app.decorateRequest('apiKey', null);

  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.public === true) return done();
    const refuse = (reason: Reason) => {
      dependencies.metrics.authenticationFailed({ reason });
      sendProblem(reply, unauthorized(reason));
    };

    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return refuse('missing');
    if (!API_KEY.test(token)) return refuse('malformed');
    findApiKey(hash('sha256', token, 'buffer')).then((key) => {
      request.apiKey = key;
      if (key === null) refuse('unknown');
      else done();
    }, done);
  });
}

/**
 * The key of whoever sent a request.
 *
 * @throws where the route is public: asking there is a mistake in the code
 */
export function callerOf(request: FastifyRequest): ApiKey {
  if (request.apiKey === null) throw new Error('a public route has no caller');
  return request.apiKey;
}

function unauthorized(reason: Reason): Problem {
  const challenge = reason === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
  const parts = { headers: { 'www-authenticate': challenge } };
  if (reason === 'missing') return problem('unauthorized', parts);
  const detail =
    reason === 'malformed'
      ? 'The bearer token is not an API key: those begin with tk_test_ or tk_live_. Check what is sent.'
      : 'This API key does not exist or was revoked. Use another, or have an operator make a new one.';
  return problem('unauthorized', { ...parts, detail });
}
