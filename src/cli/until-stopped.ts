import closeWithGrace from 'close-with-grace';
import type { Logger } from '../observability/logger.ts';

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
