import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Identification, Identified } from '../../admin/identify.ts';
import {
  BOOTSTRAP_OPERATOR,
  judgeAccess,
  type Caller,
  type OperatorCaller,
} from '../../domain/access.ts';
import type { AuthenticationFailure, CallMetrics } from '../../observability/call-metrics.ts';
import { problem, type Problem } from '../problem.ts';
import { createCredentialCache } from './credential-cache.ts';
import { sendProblem } from './problems.ts';
import { createWrongTokens } from './wrong-tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose request it is; `null` on public routes only. */
    caller: Caller | null;
  }
}

export interface AuthenticationDependencies {
  identify: Pick<Identification, 'apiKey' | 'operator'>;
  /** Which keys work here: live ones in production, test ones everywhere else. */
  keyMode: 'test' | 'live';
  /** The SHA-256 of the first administrator's token; `null` where there is none. */
  bootstrapTokenHash: Buffer | null;
  /** Told of operators who wanted what their role does not allow, before they are told. */
  onOperatorRefused(request: FastifyRequest, detail: string): Promise<void>;
  metrics: Pick<CallMetrics, 'authenticationFailed'>;
}

/** RFC 6750, section 2.1; the scheme's name is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^bearer +(\S+)$/i;
const API_KEY = /^tk_(test|live)_[\w-]{16,128}$/;
const OPERATOR_TOKEN = /^tok_[\w-]{16,128}$/;

/** Asks who it is on every route that is not public, and whether they may. */
export function authenticateCallers(
  app: FastifyInstance,
  dependencies: AuthenticationDependencies,
): void {
  const whoHas = createWhoHas(dependencies);
  const wrongTokens = createWrongTokens();
  app.decorateRequest('caller', null);

  app.addHook('onRequest', (request, reply, done) => {
    const { public: isPublic, access = {} } = request.routeOptions.config;
    // Browsers ask without a token whether they may ask with one.
    if (isPublic === true || request.method === 'OPTIONS') return done();
    const refuse = (reason: AuthenticationFailure, about: Problem) => {
      dependencies.metrics.authenticationFailed({ reason });
      sendProblem(reply, about);
    };
    const admit = (caller: Caller) => {
      request.caller = caller;
      const judgement = judgeAccess(caller, access);
      if (judgement.kind === 'allowed') return done();
      const { detail } = judgement;
      const forbid = () => void sendProblem(reply, problem('forbidden', { detail }));
      if (caller.kind === 'api_key') return forbid();
      dependencies.onOperatorRefused(request, detail).then(forbid, done);
    };

    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return refuse('missing', missing());
    whoHas(token).then((found) => {
      if (found.kind === 'active') return admit(found.caller);
      const waitSeconds = mayBeGuess(token, found) ? wrongTokens.note(request.ip) : 0;
      if (waitSeconds > 0) refuse('locked_out', lockedOut(waitSeconds));
      else refuse(found.kind, invalidToken(found.kind, dependencies.keyMode));
    }, done);
  });
}

/** What a token says of who sends it. */
type Sender = Identified<Caller> | { kind: 'malformed' | 'wrong_mode' };

/**
 * Tells who has a token.
 *
 * It is looked up by its SHA-256 and remembered for a second, so that a revoked one works no longer than that.
 */
function createWhoHas({ identify, keyMode, bootstrapTokenHash }: AuthenticationDependencies) {
  const findApiKey = createCredentialCache((digest) => identify.apiKey(digest));
  const findOperator = createCredentialCache((digest) => identify.operator(digest));

  return (token: string): Promise<Sender> => {
    const digest = hash('sha256', token, 'buffer');
    // First, as this token may have any form.
    if (bootstrapTokenHash !== null && timingSafeEqual(digest, bootstrapTokenHash)) {
      return Promise.resolve({ kind: 'active', caller: BOOTSTRAP_OPERATOR });
    }
    const mode = API_KEY.exec(token)?.[1];
    if (mode === keyMode) return findApiKey(digest);
    if (mode !== undefined) return Promise.resolve({ kind: 'wrong_mode' });
    if (OPERATOR_TOKEN.test(token)) return findOperator(digest);
    return Promise.resolve({ kind: 'malformed' });
  };
}

/** API keys are left aside: programs send them, and go on doing so for a while after a key is gone. */
function mayBeGuess(token: string, { kind }: Sender): boolean {
  return kind === 'malformed' || (kind === 'unknown' && !API_KEY.test(token));
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

function missing(): Problem {
  return problem('unauthorized', { headers: { 'www-authenticate': 'Bearer' } });
}

function invalidToken(kind: Exclude<Sender['kind'], 'active'>, keyMode: 'test' | 'live'): Problem {
  return problem('unauthorized', {
    detail: kind === 'wrong_mode' ? WRONG_MODE[keyMode] : INVALID[kind],
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });
}

const INVALID = {
  malformed:
    'The bearer token is neither an API key, which begins with tk_test_ or tk_live_, nor the token of an operator, ' +
    'which begins with tok_. Check what is sent.',
  unknown:
    'This API key or token does not exist. Check what is sent, or have an administrator make a new one.',
  revoked:
    'This API key or token was revoked. Use another, or have an administrator make a new one.',
  expired:
    'This API key or token has expired. Use another, or have an administrator make a new one.',
};

/** By what works here. */
const WRONG_MODE = {
  live: 'This is a test key, and this is production, where live keys work only. Use one that begins with tk_live_.',
  test: 'This is a live key, and live keys work in production only. Use one that begins with tk_test_.',
};

function lockedOut(retryAfterSeconds: number): Problem {
  return problem('rate_limited', {
    detail: `Too many wrong tokens came from this address. Wait ${retryAfterSeconds} seconds, and check what is sent: the right token is taken at once.`,
    retryAfterSeconds,
  });
}
