/** An answer as it was first given, kept to be given again. */
export type StoredAnswer = { status: number; body: string; requestId: string };

/** What the store knows of a key. */
export type KeyState =
  | { kind: 'unknown' }
  | { kind: 'in_flight' }
  | { kind: 'other_request' }
  | { kind: 'answered'; answer: StoredAnswer };

/** Remembers the answers of requests that carried an idempotency key. */
export type IdempotencyStore = {
  look(key: string, fingerprint: string): KeyState;
  /** Takes the key for a request whose execution begins now; false when the store is full. */
  begin(key: string, fingerprint: string): boolean;
  /** Stores the answer under a key that was begun. */
  finish(key: string, answer: StoredAnswer): void;
  /** Gives a begun key back: nothing was executed. */
  abandon(key: string): void;
};

export type IdempotencyOptions = { lifetimeMs: number; maxKeys: number; nowMs: () => number };

/**
 * The body is held as bytes, outside of the JavaScript heap: the store is by far the largest thing
 * in memory, and nothing for the garbage collector to walk through.
 */
type HeldAnswer = { status: number; body: Buffer; requestId: string };

type Entry = { fingerprint: string; begunAtMs: number; answer: HeldAnswer | undefined };

/**
 * Builds the store. A key is forgotten `lifetimeMs` after it was begun. A full store takes no new
 * keys rather than forgetting one early, since a forgotten key would let a retry charge again.
 */
export function createIdempotencyStore(options: IdempotencyOptions): IdempotencyStore {
  const { lifetimeMs, maxKeys, nowMs } = options;
  const entries = new Map<string, Entry>();

  const isExpired = (entry: Entry): boolean =>
    entry.answer !== undefined && nowMs() - entry.begunAtMs >= lifetimeMs;

  /** A map iterates in the order of insertion, so the oldest entries come first. */
  const dropExpired = (): void => {
    for (const [key, entry] of entries) {
      if (!isExpired(entry)) return;
      entries.delete(key);
    }
  };

  return {
    look(key, fingerprint) {
      const entry = entries.get(key);
      if (entry === undefined) return { kind: 'unknown' };
      if (isExpired(entry)) {
        entries.delete(key);
        return { kind: 'unknown' };
      }
      if (entry.fingerprint !== fingerprint) return { kind: 'other_request' };
      if (entry.answer === undefined) return { kind: 'in_flight' };
      const { status, body, requestId } = entry.answer;
      return { kind: 'answered', answer: { status, body: body.toString(), requestId } };
    },
    begin(key, fingerprint) {
      dropExpired();
      if (entries.size >= maxKeys) return false;
      entries.set(key, { fingerprint, begunAtMs: nowMs(), answer: undefined });
      return true;
    },
    finish(key, answer) {
      const entry = entries.get(key);
      if (entry !== undefined) entry.answer = { ...answer, body: Buffer.from(answer.body) };
    },
    abandon(key) {
      entries.delete(key);
    },
  };
}
