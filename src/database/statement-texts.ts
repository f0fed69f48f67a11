/** What follows on a piece: the text, if it was the last one, and what else came after it. */
interface Known {
  text?: string;
  readonly after: Map<unknown, Known>;
}

/**
 * The texts of statements, each kept under the pieces that it is made of.
 *
 * The pieces are few and stand in the code, while a text has thousands of characters: to find it by them costs a small
 * part of putting it together, and what is found is the same string each time, which others know again at a glance.
 */
export class StatementTexts {
  readonly #first: Known = { after: new Map() };

  /**
   * Finds the text that is made of these pieces.
   *
   * @param make puts it together where it is asked for the first time
   */
  find(pieces: readonly unknown[], make: () => string): string {
    let known = this.#first;
    for (const piece of pieces) {
      let next = known.after.get(piece);
      if (next === undefined) known.after.set(piece, (next = { after: new Map() }));
      known = next;
    }
    return (known.text ??= make());
  }
}
