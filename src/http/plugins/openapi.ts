import type { FastifyInstance, RouteOptions } from 'fastify';
import { once } from '../once.ts';

/**
 * Describes the routes that are registered afterwards as OpenAPI 3.1, from their own schemas, at `/openapi.json`.
 *
 * The document is made when somebody first asks for it: what makes it is more code than all routes.
 */
export function describeRoutes(app: FastifyInstance, version: string): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push(route);
  });

  const document = once(async () => {
    const { describeAsOpenApi } = await import('../openapi-document.ts');
    return describeAsOpenApi(routes, version);
  });
  app.get(
    '/openapi.json',
    { config: { public: true }, schema: { hide: true } },
    async (_request, reply) => reply.type('application/json').send(await document()),
  );
}
