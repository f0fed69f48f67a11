/** Something took longer than it may. */
export class TookTooLong extends Error {
  override name = 'TookTooLong';
}

/**
 * Waits for a promise, but not for ever. The work behind it goes on; only the waiting ends.
 *
 * @throws {TookTooLong} after `timeoutMs`
 */
export async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(`no answer in ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
