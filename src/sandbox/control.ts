import type { Books, BooksFilter } from './books.ts';
import type { SandboxClock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Reply, SandboxRequest } from './server.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** What every sandbox lets be steered under `/__sandbox/`, whichever gateway it looks like. */
export type Controlled = {
  clock: SandboxClock;
  faults: Faults;
  webhooks: WebhookSender;
  books: (filter?: BooksFilter) => Books;
  checkBooks: () => string[];
  /** Does what has become due, after the clock was moved. */
  catchUp: () => void;
  reset: () => void;
  /**
   * What this gateway adds to POST: the path's segments after `/__sandbox/` and the JSON body, which
   * is undefined when there is none. Undefined as the answer means that nothing is there.
   */
  extra: (segments: readonly string[], body: unknown) => object | Refused | undefined;
};

/** What a control that was understood cannot do, and why: it is answered with 400. */
export type Refused = { refused: string };

const MAX_ADVANCE_SECONDS = 10 * 365 * 86_400;

/** Answers the requests under `/__sandbox/`. They need no key: a sandbox is never public. */
export function serveControl(request: SandboxRequest, controlled: Controlled): Reply {
  const segments = request.path.split('/').slice(2);
  switch (`${request.method} ${segments.join('/')}`) {
    case 'GET books':
      return json(200, controlled.books(readFilter(request.query)));
    case 'GET books/check': {
      const differences = controlled.checkBooks();
      return json(200, { ok: differences.length === 0, differences });
    }
    case 'POST faults':
      return addFault(request, controlled);
    case 'GET faults':
      return json(200, { faults: controlled.faults.list() });
    case 'DELETE faults':
      controlled.faults.clear();
      return json(200, { faults: [] });
    case 'GET webhooks':
      return json(200, controlled.webhooks.report());
    case 'POST webhooks/release':
      return json(200, { released: controlled.webhooks.release() });
    case 'POST clock':
      return advanceClock(request, controlled);
    case 'POST reset':
      controlled.reset();
      return json(200, { reset: true });
  }
  if (request.method === 'DELETE' && segments[0] === 'faults' && segments.length === 2) {
    controlled.faults.clear(segments[1]);
    return json(200, { faults: controlled.faults.list() });
  }
  const extra =
    request.method === 'POST' ? controlled.extra(segments, parseJson(request.body)) : undefined;
  if (extra !== undefined && 'refused' in extra) return json(400, { error: extra.refused });
  if (extra !== undefined) return json(200, extra);
  return json(404, { error: `Nothing here for ${request.method} ${request.path}.` });
}

function addFault(request: SandboxRequest, controlled: Controlled): Reply {
  const added = controlled.faults.add(parseJson(request.body));
  return added.kind === 'added' ? json(201, added.fault) : json(400, { error: added.why });
}

function advanceClock(request: SandboxRequest, controlled: Controlled): Reply {
  const body = parseJson(request.body);
  const seconds =
    typeof body === 'object' && body !== null && 'advanceSeconds' in body
      ? body.advanceSeconds
      : undefined;
  const isSane =
    typeof seconds === 'number' &&
    Number.isFinite(seconds) &&
    seconds >= 0 &&
    seconds <= MAX_ADVANCE_SECONDS;
  if (!isSane)
    return json(400, { error: 'advanceSeconds must be a number of seconds, 0 or more.' });
  controlled.clock.advance(seconds);
  controlled.catchUp();
  return json(200, { now: new Date(controlled.clock.nowMs()).toISOString() });
}

function readFilter(query: string): BooksFilter {
  const parameters = new URLSearchParams(query);
  const filter: BooksFilter = {};
  const metadata: Record<string, string> = {};
  for (const [name, value] of parameters) {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    if (key !== undefined) metadata[key] = value;
    if (name === 'intent' || name === 'payment') filter.payment = value;
  }
  if (Object.keys(metadata).length > 0) filter.metadata = metadata;
  return filter;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function json(status: number, body: object): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}
