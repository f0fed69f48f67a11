/**
 * Does a task and renews its lease meanwhile, three times in the time that it lasts: one call to a gateway always fits
 * into a lease, but a task may need several.
 *
 * @param renew fails where the database is away; then the lease may lapse, and the task's end finds that it was lost
 */
export async function keepLease<T>(
  leaseMs: number,
  renew: () => Promise<void>,
  task: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => void renew().catch(() => undefined), leaseMs / 3);
  try {
    return await task();
  } finally {
    clearInterval(timer);
  }
}
