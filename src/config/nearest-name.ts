/** A name further away than this is a different word rather than a slip of the fingers. */
const MOST_EDITS = 4;

/** The known name that a mistyped one most probably stands for, or null where none is near. */
export function nearestName(typed: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let fewest = MOST_EDITS + 1;
  for (const name of known) {
    const edits = editDistance(typed, name);
    if (edits < fewest) [nearest, fewest] = [name, edits];
  }
  return nearest;
}

/** Levenshtein's distance: how many letters must be added, dropped or replaced to turn one word into the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replace = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const drop = (previous[column] ?? 0) + 1;
      const add = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replace, drop, add));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
