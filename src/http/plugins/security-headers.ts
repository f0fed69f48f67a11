import type { FastifyInstance } from 'fastify';

/**
 * What every answer tells a browser: not to run, frame, sniff, cache or leak anything of it. OWASP REST Security Cheat
 * Sheet, "Security Headers". `X-XSS-Protection` is left out on purpose: browsers dropped it, and the policy replaces it.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Sets the security headers on every answer; a route that needs others overrides them by name.
 *
 * They are constants: building them anew for every request, as the usual library does, costs a third of the throughput.
 */
export function setSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
}
