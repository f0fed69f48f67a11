import { setTimeout as delay } from 'node:timers/promises';
import { API_NAMES, type ApiName } from '../world/names.ts';
import type { Random } from '../random.ts';

/** One try of a call: which API it went to, and what was heard. */
export interface Try {
  at: number;
  api: ApiName;
  tookMs: number;
  heard: { kind: 'answer'; status: number; code: string | null } | { kind: 'nothing'; why: string };
}

export interface Answer {
  status: number;
  text: string;
  /** The body as JSON of any shape; `null` where it is none. */
  json: any;
}

/** A request as the application means it: tried under one key until there is a definite answer. */
export interface Call {
  purchase: string;
  method: 'GET' | 'POST';
  path: string;
  key: string | null;
  body: object | null;
  tries: Try[];
  /** The answer that the application went by; `null` where it heard none before the end. */
  answer: Answer | null;
}

/** An application that calls Tender as real ones do: from several places, and again where it heard nothing. */
export interface Client {
  call(purchase: string, request: Pick<Call, 'method' | 'path' | 'key' | 'body'>): Promise<Call>;
  /** Every call that was made, in their order. */
  calls: readonly Call[];
  /** Sends a call once more, and says what was heard. */
  repeat(call: Call): Promise<Answer>;
}

/** How long an application waits for an answer, in milliseconds: longer than Tender may take, at first. */
const PATIENCE_MS = 6_000;
/** How often a call is repeated at rest, where each time is answered unless something is wrong. */
const MAX_REPETITIONS = 50;

export interface ClientOptions {
  urls: Record<ApiName, string>;
  apiKey: string;
  /** With what operators' requests are admitted. */
  operatorToken: string;
  random: Random;
  /** When nothing is tried any more. */
  ended: AbortSignal;
}

export function createClient(options: ClientOptions): Client {
  const { urls, apiKey, operatorToken, random, ended } = options;
  const calls: Call[] = [];
  const startedAt = performance.now();

  const send = async (call: Call, api: ApiName): Promise<Answer> => {
    const response = await fetch(`${urls[api]}${call.path}`, {
      method: call.method,
      headers: {
        authorization: `Bearer ${isOperators(call) ? operatorToken : apiKey}`,
        ...(call.body === null ? {} : { 'content-type': 'application/json' }),
        ...(call.key === null ? {} : { 'idempotency-key': call.key }),
      },
      ...(call.body === null ? {} : { body: JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return { status: response.status, text, json: parse(text) };
  };

  const attempt = async (call: Call, api: ApiName): Promise<Answer | null> => {
    const at = performance.now();
    const told = (heard: Try['heard']) =>
      call.tries.push({
        at: Math.round(at - startedAt),
        api,
        tookMs: Math.round(performance.now() - at),
        heard,
      });
    try {
      const answer = await send(call, api);
      told({ kind: 'answer', status: answer.status, code: codeOf(answer) });
      return answer;
    } catch (error) {
      told({ kind: 'nothing', why: reasonOf(error) });
      return null;
    }
  };

  return {
    calls,
    async call(purchase, request) {
      const call: Call = { purchase, ...request, tries: [], answer: null };
      calls.push(call);
      for (let round = 0; !ended.aborted; round += 1) {
        const answer = await attempt(call, random.pick(API_NAMES));
        if (answer !== null && isDefinite(answer)) {
          call.answer = answer;
          break;
        }
        const wait = Math.min(100 * 2 ** round, 800) * (0.75 + random.next() / 2);
        await delay(wait, undefined, { signal: ended }).catch(() => undefined);
      }
      return call;
    },
    async repeat(call) {
      const again: Call = { ...call, tries: [] };
      for (;;) {
        const answer = await attempt(again, random.pick(API_NAMES));
        if (answer !== null && isDefinite(answer)) return answer;
        if (again.tries.length >= MAX_REPETITIONS) {
          throw new Error(`${call.path} gives no answer any more: ${JSON.stringify(again.tries)}`);
        }
        await delay(200);
      }
    },
  };
}

/** Whether an operator sends it, and not the application. */
export function isOperators({ path }: Pick<Call, 'path'>): boolean {
  return path.startsWith('/api/v1/admin/');
}

/** Whether an application takes this as the answer, and does not send the request again. */
export function isDefinite(answer: Answer): boolean {
  const { status } = answer;
  if (status === 409) return !/_in_use$|_in_progress$/.test(codeOf(answer) ?? '');
  return status !== 429 && status < 500 && status !== 408;
}

export function codeOf({ json }: Answer): string | null {
  return typeof json?.code === 'string' ? json.code : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return (cause as NodeJS.ErrnoException).code ?? cause.name;
}
