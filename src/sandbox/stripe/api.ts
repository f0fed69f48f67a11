import { hash } from 'node:crypto';
import { afterWork, beforeWork, statusReply } from '../faults.ts';
import type { Faults } from '../faults.ts';
import type { RequestFault } from '../fault-rules.ts';
import type { IdempotencyStore, StoredAnswer } from '../idempotency.ts';
import type { Outcome, Reply, SandboxRequest } from '../server.ts';
import type { Work } from './account.ts';
import { authenticate, refusePublishableKey } from './authenticate.ts';
import type { Caller, Keys } from './authenticate.ts';
import { invalidRequest, stateRefusal } from './errors.ts';
import type { Refusal, Result } from './errors.ts';
import { decodeForm } from './form.ts';
import type { FormFields } from './form.ts';
import { findRoute } from './routes.ts';
import type { Asker } from './state.ts';

/** What the API works with. The account behind `startWork` may be replaced by a reset. */
export type ApiParts = {
  keys: Keys;
  faults: Faults;
  idempotency: () => IdempotencyStore;
  /** Begins a piece of work for one request, with everything that was due done first. */
  startWork: (asker: Asker) => Work;
  newRequestId: () => string;
  /** The metadata of the intent or refund that a path names. */
  metadataOf: (path: string) => Record<string, string>;
  /** Whether the sandbox holds as many payments as it may. */
  isFull: () => boolean;
};

/** A request that is about to be executed, or that was answered without. */
type Admission =
  | { kind: 'answered'; answer: StoredAnswer }
  | { kind: 'admitted'; key: string | null; run: (work: Work) => Result<object>; caller: Caller };

const MAX_KEY_LENGTH = 255;

/** Builds the handler of everything under `/v1/`. */
export function createApi(
  parts: ApiParts,
): (request: SandboxRequest) => Outcome | Promise<Outcome> {
  return (request) => {
    if (request.method === 'OPTIONS') return preflight();
    const requestId = parts.newRequestId();
    const text = request.method === 'POST' ? request.body : request.query;
    const form = decodeForm(text);
    const fields = form.kind === 'decoded' ? form.fields : null;
    const errorReply = (status: number): Reply =>
      replyOf(faultAnswer(status, requestId), request, requestId);
    const fault = parts.faults.forRequest({
      method: request.method,
      path: request.path,
      metadata: () => requestMetadata(fields) ?? parts.metadataOf(request.path),
    });
    const spoilt = beforeWork(fault, errorReply);
    if (spoilt !== undefined) return spoilt;
    const admission = admit(parts, request, requestId, text, fields);
    const finish = (): Outcome => {
      const reply = complete(parts, request, requestId, admission, fault);
      return afterWork(fault, reply, errorReply);
    };
    if (fault?.kind !== 'delay') return finish();
    const { ms, when } = fault;
    if (when === 'before') return parts.faults.wait(ms).then(finish);
    const outcome = finish();
    return parts.faults.wait(ms).then(() => outcome);
  };
}

/** Authenticates, looks the idempotency key up, and reads the parameters: nothing is done yet. */
function admit(
  parts: ApiParts,
  request: SandboxRequest,
  requestId: string,
  text: string,
  fields: FormFields | null,
): Admission {
  const refuse = (refused: { refusal: Refusal }): Admission => ({
    kind: 'answered',
    answer: answerOf(refused, requestId),
  });
  const caller = authenticate(request.headers, parts.keys);
  if (!caller.ok) return refuse(caller);
  const found = findRoute(request.method, request.path);
  if (found === undefined) {
    const message = `Unrecognized request URL (${request.method}: ${request.path}).`;
    return refuse(invalidRequest(message, { status: 404 }));
  }
  if (caller.value === 'browser' && !found.route.isPublic) return refuse(refusePublishableKey());
  const key = readKey(request);
  if (key !== null && (key === '' || key.length > MAX_KEY_LENGTH)) {
    return refuse(invalidRequest(`Idempotency keys must be 1-${MAX_KEY_LENGTH} characters long.`));
  }
  const fingerprint = key === null ? '' : fingerprintOf(request.path, text);
  if (key !== null) {
    const known = parts.idempotency().look(key, fingerprint);
    if (known.kind === 'answered') return known;
    if (known.kind === 'other_request') return refuse(keyReused(key));
    if (known.kind === 'in_flight') return refuse(keyInUse(key));
  }
  if (fields === null || !isForm(request)) {
    return refuse(
      invalidRequest(
        'Invalid request (check that your POST content type is application/x-www-form-urlencoded).',
      ),
    );
  }
  const read = found.route.read(fields, found.id);
  if (!read.ok) return refuse(read);
  // A full sandbox takes no further payments, but whatever it holds can still be worked on.
  const isFull = parts.isFull() && request.path === '/v1/payment_intents';
  if (request.method === 'POST' && isFull) return refuse(sandboxFull());
  if (key !== null && !parts.idempotency().begin(key, fingerprint)) return refuse(sandboxFull());
  return { kind: 'admitted', key, run: read.value, caller: caller.value };
}

/** Executes an admitted request and keeps its answer under its key, as far as Stripe does. */
function complete(
  parts: ApiParts,
  request: SandboxRequest,
  requestId: string,
  admission: Admission,
  fault: RequestFault | undefined,
): Reply {
  if (admission.kind === 'answered') {
    return replyOf(admission.answer, request, requestId);
  }
  const { key, run, caller } = admission;
  const version = request.headers['stripe-version'];
  const result = run(
    parts.startWork({
      requestId,
      idempotencyKey: key,
      apiVersion: typeof version === 'string' ? version : '',
      isPublic: caller === 'browser',
    }),
  );
  const answer = answerOf(result, requestId);
  if (key !== null) {
    const store = parts.idempotency();
    if (!result.ok && !result.refusal.executed) store.abandon(key);
    else store.finish(key, storedAnswer(answer, fault, requestId));
  }
  return replyOf(answer, request, requestId);
}

/** A 5xx after the work is Stripe's own failure to answer: it is kept and replayed like any other. */
function storedAnswer(
  answer: StoredAnswer,
  fault: RequestFault | undefined,
  requestId: string,
): StoredAnswer {
  if (fault?.kind !== 'status' || fault.when !== 'after' || fault.status < 500) return answer;
  const usual = faultAnswer(fault.status, requestId);
  const reply = statusReply(fault, () => ({ ...usual, headers: {} }));
  return { status: reply.status, body: reply.body, requestId };
}

function answerOf(result: Result<object> | { refusal: Refusal }, requestId: string): StoredAnswer {
  if ('value' in result) return { status: 200, body: JSON.stringify(result.value), requestId };
  const { status, error } = result.refusal;
  return { status, body: JSON.stringify({ error }), requestId };
}

/** The reply that carries an answer; one that was made for another request is a replay. */
function replyOf(answer: StoredAnswer, request: SandboxRequest, requestId: string): Reply {
  const { status, body } = answer;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'Request-Id',
    'request-id': requestId,
  };
  const version = request.headers['stripe-version'];
  if (typeof version === 'string') headers['stripe-version'] = version;
  const key = readKey(request);
  if (key !== null) headers['idempotency-key'] = key;
  if (answer.requestId !== requestId) {
    headers['idempotent-replayed'] = 'true';
    headers['original-request'] = answer.requestId;
  }
  return { status, headers, body };
}

/** What a gateway that is unwell answers: an error of Stripe's shape for the status asked for. */
function faultAnswer(status: number, requestId: string): StoredAnswer {
  const error =
    status === 429
      ? { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' }
      : { type: 'api_error', message: 'An unknown error occurred.' };
  return { status, body: JSON.stringify({ error }), requestId };
}

function readKey(request: SandboxRequest): string | null {
  const key = request.headers['idempotency-key'];
  return request.method === 'POST' && typeof key === 'string' ? key : null;
}

/** Two requests are the same when path and parameters are, in whatever order these stand. */
function fingerprintOf(path: string, text: string): string {
  return hash('sha1', `${path}\n${text.split('&').sort().join('&')}`, 'base64');
}

function keyReused(key: string) {
  const refused = stateRefusal(
    `Keys for idempotent requests can only be used with the same parameters they were first used with. ` +
      `Try using a key other than '${key}' if you meant to execute a different request.`,
  );
  return {
    refusal: {
      ...refused.refusal,
      error: { ...refused.refusal.error, type: 'idempotency_error' as const },
    },
  };
}

function keyInUse(key: string) {
  return invalidRequest(
    `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    { code: 'idempotency_key_in_use', status: 409 },
  );
}

function sandboxFull() {
  return invalidRequest('The sandbox holds as much as it may: POST /__sandbox/reset empties it.', {
    code: 'rate_limit',
    status: 429,
  });
}

function isForm(request: SandboxRequest): boolean {
  const type = request.headers['content-type'];
  return (
    request.method !== 'POST' ||
    request.body === '' ||
    type === undefined ||
    type.startsWith('application/x-www-form-urlencoded')
  );
}

function requestMetadata(fields: FormFields | null): Record<string, string> | undefined {
  const given = fields?.['metadata'];
  return typeof given === 'object' && !Array.isArray(given)
    ? (given as Record<string, string>)
    : undefined;
}

/** Browsers ask first whether another origin may call. */
function preflight(): Reply {
  return {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'Authorization, Content-Type, Idempotency-Key, Stripe-Version',
      'access-control-max-age': '600',
    },
    body: '',
  };
}
