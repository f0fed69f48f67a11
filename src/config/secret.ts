import { inspect } from 'node:util';

const SHOWN = '[secret]';

/**
 * A value that must not reach a log, an error message or a JSON document by accident.
 *
 * Every usual way of printing shows `[secret]`; `reveal()` stands where the value is really used, and is easy to find.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
