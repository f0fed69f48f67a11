import type { SandboxRequest } from '../server.ts';
import { refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT']);

/** What a request asks with: its JSON body if it has one, or the query of a GET or DELETE. */
export function readInput(request: SandboxRequest): Result<unknown> {
  if (!WITH_BODY.has(request.method)) {
    return succeed(Object.fromEntries(new URLSearchParams(request.query)));
  }
  const [unknown] = new URLSearchParams(request.query).keys();
  if (unknown !== undefined) {
    return refuse('UNKNOWN_QUERY_PARAMETER', `Unrecognized parameter: \`${unknown}\`.`, {
      field: unknown,
    });
  }
  if (request.body === '') return succeed(undefined);
  const type = request.headers['content-type'] ?? 'application/json';
  if (!type.startsWith('application/json')) return refuseBody('The body must be application/json.');
  try {
    return succeed(JSON.parse(request.body) as unknown);
  } catch {
    return refuseBody('The body is not valid JSON.');
  }
}

function refuseBody(detail: string) {
  return refuse('EXPECTED_JSON_BODY', detail);
}
