import type { FastifyInstance, RouteOptions } from 'fastify';
import { problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

/** The methods that a path pattern answers. */
interface KnownPath {
  matches: RegExp;
  methods: Set<string>;
}

/**
 * Answers paths that do not exist with 404, and methods that a path does not have with 405 and what it does have.
 *
 * It answers before the body is read and before anybody is asked for a key: which paths there are is public anyway.
 */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const paths = new Map<string, KnownPath>();

  app.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const path = paths.get(url) ?? { matches: pathPattern(url), methods: new Set() };
    for (const name of [method].flat()) path.methods.add(name);
    paths.set(url, path);
  });

  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = new Set(
      [...paths.values()]
        .filter((known) => known.matches.test(path))
        .flatMap((known) => [...known.methods]),
    );
    sendProblem(reply, methods.size === 0 ? problem('route_not_found') : methodNotAllowed(methods));
  });
}

function methodNotAllowed(methods: ReadonlySet<string>) {
  const allow = [...methods].sort().join(', ');
  return problem('method_not_allowed', {
    detail: `Use one of these methods: ${allow}.`,
    headers: { allow },
  });
}

/** A route's pattern as a regular expression: `:id` stands for one segment, `*` for everything that follows. */
function pathPattern(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    if (segment === '*') return '.*';
    return segment.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}
