/** How soon the worker first asks after an answer that never came, in milliseconds. */
export const FIRST_QUESTION_MS = 1_000;

const LONGEST_MS = 24 * 3_600_000;

/**
 * How long to wait before the next try, in milliseconds: twice as long each time, up to a day, with up to a quarter
 * taken off at random so that what failed together does not come back together.
 *
 * @param tries how many there were
 */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  const doubled = FIRST_QUESTION_MS * 2 ** Math.min(tries, 40);
  return Math.round(Math.min(doubled, LONGEST_MS) * (1 - random() / 4));
}
