/** Finds what is known of a credential by the SHA-256 of it. */
export type FindCredential<T> = (hash: Buffer) => Promise<T>;

/** How long an answer may be used: also how long a revoked credential goes on working. */
const MAX_AGE_MS = 1_000;
/** Far more than are in use in a second; a flood of made-up ones must not fill the memory. */
const MAX_ENTRIES = 10_000;

interface Entry<T> {
  found: Promise<T>;
  askedAt: number;
}

/**
 * Remembers for a second whose credential has which hash, misses included.
 *
 * Requests that come in together with one credential are one lookup. A lookup that fails is not remembered.
 */
export function createCredentialCache<T>(
  find: FindCredential<T>,
  now: () => number = () => performance.now(),
): FindCredential<T> {
  const entries = new Map<string, Entry<T>>();

  return (hash) => {
    const id = hash.toString('latin1');
    const known = entries.get(id);
    if (known && now() - known.askedAt < MAX_AGE_MS) return known.found;

    // Deleting first moves the entry to the end, so that the oldest one is always the first.
    entries.delete(id);
    const oldest = entries.keys().next();
    if (entries.size >= MAX_ENTRIES && !oldest.done) entries.delete(oldest.value);

    const entry = { found: find(hash), askedAt: now() };
    entries.set(id, entry);
    entry.found.catch(() => {
      if (entries.get(id) === entry) entries.delete(id);
    });
    return entry.found;
  };
}
