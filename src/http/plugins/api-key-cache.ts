/** What a request may know about the key that it was sent with. */
export interface ApiKey {
  /** The key's id, never the key itself. */
  id: string;
  mode: 'test' | 'live';
}

/** Finds a key that may be used by the SHA-256 of it; `null` where there is none, or it was revoked. */
export type FindApiKey = (hash: Buffer) => Promise<ApiKey | null>;

/** How long an answer may be used: also how long a revoked key goes on working. */
const MAX_AGE_MS = 1_000;
/** Far more keys than are in use in a second; a flood of made-up ones must not fill the memory. */
const MAX_ENTRIES = 10_000;

interface Entry {
  found: Promise<ApiKey | null>;
  askedAt: number;
}

/**
 * Remembers for a second which key has which hash, misses included.
 *
 * Requests that come in together with one key are one lookup. A lookup that fails is not remembered.
 */
export function createApiKeyCache(
  findApiKey: FindApiKey,
  now: () => number = () => performance.now(),
): FindApiKey {
  const entries = new Map<string, Entry>();

  return (hash) => {
    const id = hash.toString('latin1');
    const known = entries.get(id);
    if (known && now() - known.askedAt < MAX_AGE_MS) return known.found;

    // Deleting first moves the entry to the end, so that the oldest one is always the first.
    entries.delete(id);
    const oldest = entries.keys().next();
    if (entries.size >= MAX_ENTRIES && !oldest.done) entries.delete(oldest.value);

    const entry = { found: findApiKey(hash), askedAt: now() };
    entries.set(id, entry);
    entry.found.catch(() => {
      if (entries.get(id) === entry) entries.delete(id);
    });
    return entry.found;
  };
}
