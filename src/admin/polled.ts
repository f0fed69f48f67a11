/** Something that all processes are to know alike, kept in memory so that no request asks the database for it. */
export interface Polled<T> {
  /** Reads it again and again, until it is closed. */
  start(): void;
  /** As it was last read; `null` before the first reading. */
  known(): T | null;
  /**
   * As it was last read, at once; where nothing was read yet it is read now.
   *
   * @throws where it has to be read and cannot be
   */
  current(): Promise<T>;
  /** Reads it once more: for the process that has just changed it. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

export interface PolledOptions<T> {
  read: () => Promise<T>;
  /** Told of a reading that failed; what was read before goes on to hold. */
  onError: (error: unknown) => void;
  /** From the end of a reading to the next. */
  intervalMs?: number;
}

/** Half of the second within which a change is to reach every process, so that a slow reading has the other half. */
const INTERVAL_MS = 500;

/** Keeps something in memory that is at most a second old. */
export function createPolled<T>({
  read,
  onError,
  intervalMs = INTERVAL_MS,
}: PolledOptions<T>): Polled<T> {
  let known: { value: T } | null = null;
  let reading: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  /** One reading after the other, so that an older one never has the last word. */
  const load = () => {
    const next = reading.then(async () => {
      known = { value: await read() };
    });
    reading = next.catch(() => undefined);
    return next;
  };
  const refresh = async () => {
    await load().catch((error: unknown) => {
      if (!closed) onError(error);
    });
  };
  const poll = async () => {
    await refresh();
    if (closed) return;
    timer = setTimeout(() => void poll(), intervalMs);
    timer.unref();
  };

  return {
    start: () => void poll(),
    known: () => known && known.value,
    async current() {
      if (known === null) await load();
      if (known === null) throw new Error('what was just read is not there');
      return known.value;
    },
    refresh,
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
