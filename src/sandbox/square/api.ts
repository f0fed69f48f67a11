import { hash } from 'node:crypto';
import { afterWork, beforeWork } from '../faults.ts';
import type { Faults } from '../faults.ts';
import type { IdempotencyStore } from '../idempotency.ts';
import type { Outcome, Reply, SandboxRequest } from '../server.ts';
import type { Work } from './account.ts';
import { refuse } from './errors.ts';
import type { Refusal, Result } from './errors.ts';
import { faultRefusal } from './fault-refusals.ts';
import { readInput } from './input.ts';
import { findRoute } from './routes.ts';
import type { Route } from './routes.ts';
import type { Asker } from './state.ts';

/** What the API works with. The account behind `startWork` may be replaced by a reset. */
export type ApiParts = {
  accessToken: string;
  faults: Faults;
  idempotency: () => IdempotencyStore;
  /** Begins a piece of work for one request, with everything that was due done first. */
  startWork: (asker: Asker) => Work;
  /** The references of the object that a path names, or of what a body asks for. */
  referencesOf: (path: string, input: unknown) => Record<string, string>;
  /** Whether the sandbox holds as much as it may. */
  isFull: () => boolean;
};

type Answer = { status: number; body: string };

/** A request that is about to be executed, or that was answered without. */
type Admission =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'admitted'; key: string | null; storeKey: string; run: (work: Work) => Result<object> };

const VERSION = /^\d{4}-\d\d-\d\d$/;

/** Builds the handler of everything under `/v2/`. */
export function createApi(
  parts: ApiParts,
): (request: SandboxRequest) => Outcome | Promise<Outcome> {
  return (request) => {
    const input = readInput(request);
    const errorReply = (status: number): Reply =>
      replyOf(request, answerOf({ ok: false, refusal: faultRefusal(status) }));
    const fault = parts.faults.forRequest({
      method: request.method,
      path: request.path,
      metadata: () => parts.referencesOf(request.path, input.ok ? input.value : undefined),
    });
    const spoilt = beforeWork(fault, errorReply);
    if (spoilt !== undefined) return spoilt;
    const admission = admit(parts, request, input);
    const finish = (): Outcome =>
      afterWork(fault, replyOf(request, complete(parts, admission)), errorReply);
    if (fault?.kind !== 'delay') return finish();
    const { ms, when } = fault;
    if (when === 'before') return parts.faults.wait(ms).then(finish);
    const outcome = finish();
    return parts.faults.wait(ms).then(() => outcome);
  };
}

/** Authenticates, reads the parameters, and looks the idempotency key up: nothing is done yet. */
function admit(parts: ApiParts, request: SandboxRequest, input: Result<unknown>): Admission {
  const answered = (result: Result<object>): Admission => ({
    kind: 'answered',
    answer: answerOf(result),
  });
  if (request.headers.authorization !== `Bearer ${parts.accessToken}`) {
    return answered(
      refuse('UNAUTHORIZED', 'This request could not be authorized.', { status: 401 }),
    );
  }
  const version = request.headers['square-version'];
  if (version !== undefined && !VERSION.test(String(version))) {
    return answered(
      refuse('INVALID_SQUARE_VERSION_FORMAT', 'The Square-Version header is not a date.'),
    );
  }
  const found = findRoute(request.method, request.path);
  if (found.kind === 'unknown_path') {
    return answered(refuse('NOT_FOUND', 'Resource not found.', { status: 404 }));
  }
  if (found.kind === 'other_method') {
    return answered(
      refuse('METHOD_NOT_ALLOWED', 'The method is not allowed here.', { status: 405 }),
    );
  }
  if (!input.ok) return answered(input);
  const { route, ids } = found;
  const read = route.read(input.value, ids);
  if (!read.ok) return answered(read);
  const key = readKey(route, input.value);
  const storeKey = `${route.name} ${ids.join(' ')} ${key ?? ''}`;
  if (key !== null) {
    const fingerprint = fingerprintOf(input.value);
    const known = parts.idempotency().look(storeKey, fingerprint);
    if (known.kind === 'answered') return known;
    if (known.kind === 'other_request') return answered(keyReused(key));
    if (known.kind === 'in_flight') return answered(keyInUse());
    if (route.isCreation && parts.isFull()) return answered(sandboxFull());
    if (!parts.idempotency().begin(storeKey, fingerprint)) return answered(sandboxFull());
  } else if (route.isCreation && parts.isFull()) return answered(sandboxFull());
  return { kind: 'admitted', key, storeKey, run: read.value };
}

/**
 * Executes an admitted request and keeps its answer under its key. A payment that failed is kept like
 * one that succeeded; where nothing was executed, the key can be used again.
 */
function complete(parts: ApiParts, admission: Admission): Answer {
  if (admission.kind === 'answered') return admission.answer;
  const { key, storeKey, run } = admission;
  const result = run(parts.startWork({ idempotencyKey: key }));
  const answer = answerOf(result);
  if (key !== null) {
    const isExecuted = result.ok || result.refusal.payment !== undefined;
    if (isExecuted) parts.idempotency().finish(storeKey, { ...answer, requestId: '' });
    else parts.idempotency().abandon(storeKey);
  }
  return answer;
}

function answerOf(result: Result<object>): Answer {
  if (result.ok) return { status: 200, body: JSON.stringify(result.value) };
  const { status, errors, payment }: Refusal = result.refusal;
  return { status, body: JSON.stringify(payment === undefined ? { errors } : { errors, payment }) };
}

function replyOf(request: SandboxRequest, { status, body }: Answer): Reply {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const version = request.headers['square-version'];
  if (typeof version === 'string') headers['square-version'] = version;
  return { status, headers, body };
}

function readKey(route: Route, input: unknown): string | null {
  if (!route.isKeyed || typeof input !== 'object' || input === null) return null;
  const key = 'idempotency_key' in input ? input.idempotency_key : undefined;
  return typeof key === 'string' ? key : null;
}

/** Two requests are the same when their bodies hold the same, in whatever order. */
function fingerprintOf(input: unknown): string {
  return hash('sha1', JSON.stringify(input, inOrder), 'base64');
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function keyReused(key: string) {
  return refuse(
    'IDEMPOTENCY_KEY_REUSED',
    `Different request parameters used for the same idempotency_key: ${key}`,
    { field: 'idempotency_key' },
  );
}

function keyInUse() {
  return refuse('CONFLICT', 'A request with this idempotency_key is still being worked on.', {
    status: 409,
    field: 'idempotency_key',
  });
}

function sandboxFull() {
  return refuse('RATE_LIMITED', 'The sandbox is full: POST /__sandbox/reset empties it.', {
    status: 429,
  });
}
