/** How far behind with its work the process is. */
export interface EventLoop {
  /** By how many milliseconds a timer was late, twice in a row at least. */
  lagMs(): number;
  close(): void;
}

const TICK_MS = 100;

/**
 * Watches the event loop.
 *
 * Only lag that lasts counts, over two ticks in a row: one long pause, as a garbage collection or a busy neighbour makes
 * it, is over by the time that it could be acted upon. The runtime's own histogram is of no use here: with a turn that
 * takes longer than the time after which it is read and emptied, it never has anything to tell.
 */
export function watchEventLoop(tickMs = TICK_MS): EventLoop {
  let before = 0;
  let last = 0;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const startedAt = performance.now();
    timer = setTimeout(() => {
      before = last;
      last = Math.max(0, performance.now() - startedAt - tickMs);
      wait();
    }, tickMs);
    timer.unref();
  };
  wait();
  return { lagMs: () => Math.min(before, last), close: () => clearTimeout(timer) };
}
