/** Ends the command with a message for people and a code for scripts. */
export class Exit extends Error {
  override name = 'Exit';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
