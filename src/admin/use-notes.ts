/** Notes when credentials were last used, seldom and behind the back of whoever uses them. */
export interface UseNotes {
  /** Says that a credential was used just now. Costs nothing but a look into a map. */
  used(id: string): void;
  /** Writes down what was not written yet. */
  close(): Promise<void>;
}

/** How often the use of one credential is written down at most. */
const EVERY_MS = 60_000;
/** How long uses are gathered, so that many are one statement. */
const GATHER_MS = 1_000;
/** Far more credentials than are in use in a minute; past it some are written down more often. */
const MAX_REMEMBERED = 10_000;

/**
 * @param write keeps that these were used just now
 * @param onFailed told of a write that failed; those uses are noted the next time
 */
export function createUseNotes(
  write: (ids: readonly string[]) => Promise<void>,
  onFailed: (error: unknown) => void,
  now: () => number = () => performance.now(),
): UseNotes {
  const notedAt = new Map<string, number>();
  const gathered = new Set<string>();
  let timer: NodeJS.Timeout | null = null;

  const flush = async () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const ids = [...gathered];
    gathered.clear();
    if (ids.length === 0) return;
    await write(ids).catch((error: unknown) => {
      for (const id of ids) notedAt.delete(id);
      onFailed(error);
    });
  };
  return {
    used(id) {
      const last = notedAt.get(id);
      if (last !== undefined && now() - last < EVERY_MS) return;
      if (notedAt.size >= MAX_REMEMBERED) notedAt.clear();
      notedAt.set(id, now());
      gathered.add(id);
      timer ??= setTimeout(() => void flush(), GATHER_MS).unref();
    },
    close: flush,
  };
}
