/** Counts the wrong tokens of operators by where they come from. */
export interface WrongTokens {
  /**
   * Notes a wrong token.
   *
   * @returns for how many seconds its sender has to wait from now on; 0 where it has not to
   */
  note(address: string): number;
}

interface Record {
  /** Since the address was last forgotten. */
  count: number;
  lockedUntil: number;
}

/** How many wrong tokens may be mistakes. */
const FREE = 5;
const FIRST_LOCK_MS = 1_000;
const LONGEST_LOCK_MS = 15 * 60_000;
/** How long after its last lock an address begins anew. */
const FORGET_AFTER_MS = 15 * 60_000;
const MAX_ADDRESSES = 10_000;

/**
 * After five wrong tokens, each further one locks its address out: for a second, then for twice as long each time, up to
 * a quarter of an hour.
 *
 * A lock is for wrong tokens only: whoever has a right one is let in all the while, or anybody behind the same address,
 * or the same misconfigured proxy, could keep operators out when they are needed most. Nothing is lost by that: a token
 * is 256 random bits, and the one of the settings at least 32 characters, so nobody gets in by guessing at any speed.
 * What the lock does is to tell a broken program to slow down, and a flood from a mistake.
 *
 * What is known is of this process, and of the 10,000 addresses that were seen last.
 */
export function createWrongTokens(now: () => number = () => performance.now()): WrongTokens {
  const records = new Map<string, Record>();

  return {
    note(address) {
      const block = addressBlock(address);
      const known = records.get(block);
      const isFresh = known !== undefined && now() < known.lockedUntil + FORGET_AFTER_MS;
      const record = isFresh ? known : { count: 0, lockedUntil: now() };
      // Deleting first moves the record to the end, so that the oldest one is always the first.
      records.delete(block);
      const oldest = records.keys().next();
      if (records.size >= MAX_ADDRESSES && !oldest.done) records.delete(oldest.value);
      records.set(block, record);

      // What comes during a lock does not prolong it, or a program that never waits would be locked out for ever.
      if (now() >= record.lockedUntil) {
        record.count += 1;
        record.lockedUntil = now() + lockMs(record.count);
      }
      return Math.ceil((record.lockedUntil - now()) / 1_000);
    },
  };
}

function lockMs(count: number): number {
  if (count <= FREE) return 0;
  return Math.min(FIRST_LOCK_MS * 2 ** (count - FREE - 1), LONGEST_LOCK_MS);
}

/** Whoever has one IPv6 address has the 2^64 of its network; an IPv4 address stands for itself. */
export function addressBlock(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^.*:/, '');
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    groups.push(
      ...Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0'),
      ...after,
    );
  }
  return groups.slice(0, 4).join(':');
}
