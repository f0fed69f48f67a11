import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../problem.ts';
import { rateLimitHeaders, type RateLimits, type RateLimitState } from '../rate-limit.ts';
import { sendProblem } from './problems.ts';
import { addressBlock } from './wrong-tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The route is never limited: probes, and webhooks, whose senders cannot slow down and whose number follows from
     * the payments. What keeps a flood of those out is their signature, checked before anything is written.
     */
    unlimited?: boolean;
  }
  interface FastifyRequest {
    /** What is left of each quota that this request was counted against. */
    rateLimits: Record<string, RateLimitState> | null;
  }
}

/** Counts every request against the quota of the address that it comes from, before anybody is asked who it is. */
export function limitByAddress(app: FastifyInstance, { address }: RateLimits): void {
  app.decorateRequest('rateLimits', null);
  if (!address) return;
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.unlimited === true) return done();
    const admit = (state: RateLimitState) => judge(request, reply, 'address', state, done);
    address.count(addressBlock(request.ip)).then(admit, done);
  });
}

/** Counts every request against the quota of whoever it is from, once that is known. */
export function limitByCaller(app: FastifyInstance, { caller }: RateLimits): void {
  if (!caller) return;
  app.addHook('onRequest', (request, reply, done) => {
    if (request.caller === null || request.routeOptions.config.unlimited === true) return done();
    const admit = (state: RateLimitState) => judge(request, reply, 'caller', state, done);
    caller.count(request.caller.id).then(admit, done);
  });
}

function judge(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  state: RateLimitState,
  done: () => void,
): void {
  request.rateLimits = { ...request.rateLimits, [name]: state };
  reply.headers(rateLimitHeaders(request.rateLimits));
  if (state.isWithin) return done();
  const { quota, resetSeconds: retryAfterSeconds } = state;
  const detail =
    `More than ${quota.requests} requests came in ${quota.windowSeconds} seconds from this ${WHOSE[name]}. ` +
    `Wait ${retryAfterSeconds} seconds; nothing was done.`;
  sendProblem(reply, problem('rate_limited', { detail, retryAfterSeconds }));
}

const WHOSE: Readonly<Record<string, string>> = {
  address: 'address',
  caller: 'API key or operator',
};
