/** What a command has opened, and closes in the reverse order. */
export class Closing {
  readonly #steps: (() => Promise<void>)[] = [];
  #closed: Promise<void> | null = null;

  add(close: () => Promise<void>): void {
    this.#steps.push(close);
  }

  /** Closes everything, once; what cannot be closed keeps nothing else open, and its error comes last. */
  closeAll(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#steps.toReversed()) {
      await close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be closed');
  }
}
