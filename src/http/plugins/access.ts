import type { FastifyInstance } from 'fastify';
import type { Access } from '../../domain/access.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers whoever asks. */
    public?: boolean;
    /** Who may use the route. Every route has either this or `public`. */
    access?: Access;
  }
}

/**
 * Refuses to register a route that does not say who may use it, so that none is open, or closed, by oversight.
 *
 * @throws where a route is registered afterwards with neither `public` nor `access`, or with both
 */
export function wantAccessOfEveryRoute(app: FastifyInstance): void {
  app.addHook('onRoute', ({ url, method, config = {} }) => {
    // What browsers ask before they ask for anything.
    if (method === 'OPTIONS') return;
    const { public: isPublic, access } = config;
    const isForSomebody = access?.scope !== undefined || (access?.roles ?? []).length > 0;
    if ((isPublic === true) !== isForSomebody) return;
    const route = `${String(method)} ${url}`;
    throw new Error(`${route} must say who may use it: config.public, or config.access, not both`);
  });
}
