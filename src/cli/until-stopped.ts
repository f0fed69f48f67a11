import closeWithGrace from 'close-with-grace';
import type { Logger } from '../observability/logger.ts';

/** What runs in a process until it is told to stop. */
export interface Running {
  log: Logger;
  /** Finishes what is under way, refuses what is new, and resolves when everything is closed. */
  stop: () => Promise<void>;
}

/**
 * Goes on until the process is told to stop, and stops it in an orderly way: what is under way is finished, what is new
 * refused. A second signal, or the end of `timeoutMs`, ends it at once.
 *
 * @param stop resolves when everything is closed
 */
export function untilStopped(log: Logger, timeoutMs: number, stop: () => Promise<void>): void {
  closeWithGrace(
    { delay: timeoutMs, logger: { error: (message: string) => log.error(message) } },
    async ({ signal, err }) => {
      if (err) log.error({ err }, 'Stopping after an error that nobody handled');
      else log.info(`Stopping: ${signal ?? 'asked to'}`);
      await stop();
      log.info('Stopped');
    },
  );
}

/** The wish to stop, where it comes before there is anything to stop. */
export interface EarlyStop {
  asked: AbortSignal;
  /** Leaves signals to others from now on. */
  release(): void;
}

/** Notes that the process is told to stop while it still starts; a second signal ends it at once. */
export function watchForEarlyStop(): EarlyStop {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const note = () => {
    for (const signal of signals) process.removeListener(signal, note);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, note);
  return {
    asked: controller.signal,
    release() {
      for (const signal of signals) process.removeListener(signal, note);
    },
  };
}
