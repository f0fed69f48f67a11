import { hash } from 'node:crypto';
import { afterWork, beforeWork } from '../faults.ts';
import type { Faults } from '../faults.ts';
import type { IdempotencyStore, StoredAnswer } from '../idempotency.ts';
import type { Outcome, Reply, SandboxRequest } from '../server.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Work } from './account.ts';
import { asOutcome, presentRefusal, refuse, refuseAs, succeed } from './errors.ts';
import type { Refused, Result } from './errors.ts';
import { ERRORS, isIssue } from './issues.ts';
import type { ErrorName } from './issues.ts';
import { parseBody } from './parameters.ts';
import { requestReferences } from './references.ts';
import { findRoute } from './routes.ts';
import type { Family, Route, Routes } from './routes.ts';
import type { Asker } from './state.ts';

/** What the API works with. The account behind `startWork` may be replaced by a reset. */
export type ApiParts = {
  routes: Routes;
  tokens: AccessTokens;
  faults: Faults;
  /** Where the answers of one of PayPal's APIs are kept; null where none are. */
  idempotency: (family: Family) => IdempotencyStore | null;
  /** Begins a piece of work for one request, with everything that was due done first. */
  startWork: (asker: Asker) => Work;
  newDebugId: () => string;
  /** The references that the object of a path carries. */
  referencesOf: (path: string) => Record<string, string>;
  /** Whether the sandbox holds as many orders as it may. */
  isFull: () => boolean;
};

/** A request that is about to be executed, or that was answered without. */
type Admission =
  | { kind: 'answered'; answer: StoredAnswer }
  | { kind: 'admitted'; route: Route; key: string | null; run: Run; asker: Asker };

type Run = (work: Work) => Result<object | null>;

const MAX_REQUEST_ID_LENGTH = 108;
const TOKEN_PATH = '/v1/oauth2/token';

/** Builds the handler of everything under `/v1/`, `/v2/` and `/v3/`. */
export function createApi(
  parts: ApiParts,
): (request: SandboxRequest) => Outcome | Promise<Outcome> {
  return (request) => {
    const debugId = parts.newDebugId();
    const errorReply = (status: number): Reply => replyOf(faultAnswer(status, debugId), debugId);
    const fault = parts.faults.forRequest({
      method: request.method,
      path: request.path,
      metadata: () => ({
        ...parts.referencesOf(request.path),
        ...requestReferences(parseBody(request.body)),
      }),
    });
    const spoilt = beforeWork(fault, errorReply);
    if (spoilt !== undefined) return spoilt;
    const admission = admit(parts, request, debugId);
    const finish = (): Outcome =>
      afterWork(fault, replyOf(complete(parts, debugId, admission), debugId), errorReply);
    if (fault?.kind !== 'delay') return finish();
    const { ms, when } = fault;
    if (when === 'before') return parts.faults.wait(ms).then(finish);
    const outcome = finish();
    return parts.faults.wait(ms).then(() => outcome);
  };
}

/** Authenticates, looks the request id up, and reads the parameters: nothing is done yet. */
function admit(parts: ApiParts, request: SandboxRequest, debugId: string): Admission {
  const answered = (answer: StoredAnswer): Admission => ({ kind: 'answered', answer });
  const refused = (refusal: Refused): Admission => answered(answerOf(refusal, 0, debugId));
  if (request.path === TOKEN_PATH && request.method === 'POST') {
    const { status, body } = parts.tokens.grant(request);
    return answered({ status, body: JSON.stringify(body), requestId: debugId });
  }
  const caller = parts.tokens.check(request.headers);
  if (!caller.ok) return refused(caller);
  const found = findRoute(parts.routes, request.method, request.path);
  if (found === undefined) return refused(refuseAs('RESOURCE_NOT_FOUND'));
  const { route, id } = found;
  const requestId = readHeader(request, 'paypal-request-id');
  const store = request.method === 'POST' ? parts.idempotency(route.family) : null;
  const wrongId = whyWrongId(requestId, route);
  if (wrongId !== null) return refused(wrongId);
  // An id counts for one call: that of an order does not stand in the way of its capture.
  const key = store === null || requestId === null ? null : `${route.name} ${requestId}`;
  const fingerprint = hash('sha256', `${request.path}\n${request.body}`, 'base64');
  if (store !== null && key !== null) {
    const known = store.look(key, fingerprint);
    if (known.kind === 'answered') return answered(replayOf(known.answer, route));
    if (known.kind === 'other_request') return refused(refuse('DUPLICATE_REQUEST_ID'));
    if (known.kind === 'in_flight') return refused(refuse('PREVIOUS_REQUEST_IN_PROGRESS'));
  }
  const sent = readSent(request);
  if (!sent.ok) return refused(sent);
  const run = route.read(sent.value, id);
  if (!run.ok) return refused(run);
  const mocked = mockedRefusal(request);
  if (mocked !== null) return refused(mocked);
  // A full sandbox takes no further orders, but whatever it holds can still be worked on.
  if (parts.isFull() && route.name === 'POST /v2/checkout/orders') {
    return refused(refuseAs('RATE_LIMIT_REACHED'));
  }
  if (store !== null && key !== null && !store.begin(key, fingerprint)) {
    return refused(refuseAs('RATE_LIMIT_REACHED'));
  }
  const wantsAll = readHeader(request, 'prefer') === 'return=representation';
  return { kind: 'admitted', route, key, run: run.value, asker: { requestId, wantsAll } };
}

/** Executes an admitted request, and keeps its answer under its id if money was at stake. */
function complete(parts: ApiParts, debugId: string, admission: Admission): StoredAnswer {
  if (admission.kind === 'answered') return admission.answer;
  const { route, key, run, asker } = admission;
  const result = run(parts.startWork(asker));
  const answer = answerOf(result, route.status, debugId);
  if (key !== null) {
    const store = parts.idempotency(route.family);
    if (result.ok || result.refusal.isKept) store?.finish(key, answer);
    else store?.abandon(key);
  }
  return answer;
}

function replayOf(answer: StoredAnswer, route: Route): StoredAnswer {
  return answer.status === route.status ? { ...answer, status: route.replayStatus } : answer;
}

function whyWrongId(requestId: string | null, { name, family }: Route): Refused | null {
  const field = 'PayPal-Request-Id';
  if (requestId === null) {
    const isRequired = family === 'vault' && name.startsWith('POST');
    return isRequired ? refuse('MISSING_REQUIRED_PARAMETER', { field }) : null;
  }
  const isSane = requestId !== '' && requestId.length <= MAX_REQUEST_ID_LENGTH;
  return isSane ? null : refuse('INVALID_STRING_LENGTH', { field, value: requestId });
}

/** What a request says: its query, or its body, which is JSON unless a file is sent. */
function readSent(request: SandboxRequest): Result<unknown> {
  if (request.method === 'GET' || request.method === 'DELETE') {
    return succeed(Object.fromEntries(new URLSearchParams(request.query)));
  }
  const type = request.headers['content-type'] ?? '';
  const isFile = request.path.endsWith('/accept-claim') && type.startsWith('multipart/form-data');
  if (isFile) return succeed(undefined);
  return type.startsWith('application/json')
    ? parseBody(request.body)
    : refuseAs('UNSUPPORTED_MEDIA_TYPE');
}

/**
 * `PayPal-Mock-Response: {"mock_application_codes": "INSTRUMENT_DECLINED"}` asks for an error.
 * Source: https://developer.paypal.com/tools/sandbox/negative-testing/request-headers/
 */
function mockedRefusal(request: SandboxRequest): Refused | null {
  const header = readHeader(request, 'paypal-mock-response');
  if (header === null) return null;
  const parsed = parseBody(header);
  const wish = parsed.ok ? (parsed.value as { mock_application_codes?: unknown } | null) : null;
  const code = wish?.mock_application_codes;
  const isKnown = typeof code === 'string' && isIssue(code);
  return isKnown
    ? asOutcome(refuse(code))
    : refuse('INVALID_PARAMETER_VALUE', { field: 'PayPal-Mock-Response', value: header });
}

function answerOf(result: Result<object | null>, status: number, debugId: string): StoredAnswer {
  const answer = { requestId: debugId };
  if (!result.ok) {
    const { refusal } = result;
    const body = JSON.stringify(presentRefusal(refusal, debugId));
    return { ...answer, status: refusal.status, body };
  }
  if (result.value === null) return { ...answer, status: 204, body: '' };
  return { ...answer, status, body: JSON.stringify(result.value) };
}

function replyOf({ status, body }: StoredAnswer, debugId: string): Reply {
  const headers: Record<string, string> = { 'paypal-debug-id': debugId };
  if (body !== '') headers['content-type'] = 'application/json';
  return { status, headers, body };
}

/** What a gateway that is unwell answers: an error of PayPal's shape for the status asked for. */
function faultAnswer(status: number, debugId: string): StoredAnswer {
  const known = Object.entries(ERRORS).find(([, error]) => error.status === status);
  const name = (known?.[0] ?? 'INTERNAL_SERVER_ERROR') as ErrorName;
  const { refusal } = refuseAs(name);
  const body = JSON.stringify(presentRefusal(refusal, debugId));
  return { status, body, requestId: debugId };
}

function readHeader(request: SandboxRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}
