import { StatementTexts } from './statement-texts.ts';

/** What a statement can be given as a parameter. Anything else is turned into one of these first: JSON by `jsonText`. */
export type Parameter =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | null
  | readonly (string | number | null)[];

/** Something that stands between the pieces of a statement's text. */
export type Part = Parameter | Fragment | Names;

/** A statement, or a part of one that stands in another. */
export type Fragment = Statement<readonly object[]>;

/** Sends the text of a statement with its parameters, and returns the rows. */
export type Send = (text: string, parameters: Parameter[]) => Promise<object[]>;

/** Makes statements: of a template, or the quoted names of tables and columns to stand in one. */
export interface Sql {
  <Rows extends readonly object[] = Record<string, unknown>[]>(
    text: TemplateStringsArray,
    ...parts: Part[]
  ): Statement<Rows>;
  (names: string | readonly string[]): Names;
}

const texts = new StatementTexts();

/** Makes statements that are sent by `send`. */
export function createSql(send: Send): Sql {
  function sql(text: TemplateStringsArray | string | readonly string[], ...parts: Part[]) {
    if (typeof text === 'string') return new Names([text]);
    return 'raw' in text ? new Statement(send, text, parts) : new Names(text);
  }
  return sql as Sql;
}

/** Names of tables or columns, quoted, with commas between them. */
export class Names {
  readonly text: string;

  constructor(names: readonly string[]) {
    this.text = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
  }
}

/**
 * A statement, or a part of one. It is sent when somebody waits for it, and once only: until then it can stand in
 * another one.
 */
export class Statement<Rows extends readonly object[]> implements PromiseLike<Rows> {
  readonly #send: Send;
  readonly #text: readonly string[];
  readonly #parts: readonly Part[];
  #rows: Promise<Rows> | undefined;

  constructor(send: Send, text: readonly string[], parts: readonly Part[]) {
    this.#send = send;
    this.#text = text;
    this.#parts = parts;
  }

  then<Fulfilled = Rows, Rejected = never>(
    onFulfilled?: ((rows: Rows) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#rows ??= this.#run();
    return this.#rows.then(onFulfilled, onRejected);
  }

  async #run(): Promise<Rows> {
    const pieces: unknown[] = [];
    const parameters: Parameter[] = [];
    this.#takeApart(pieces, parameters);
    const text = texts.find(pieces, () => this.#write({ parameters: 0 }));
    return (await this.#send(text, parameters)) as readonly object[] as Rows;
  }

  /** What the text is made of, the same for the same text, and the parameters that are sent with it. */
  #takeApart(pieces: unknown[], parameters: Parameter[]): void {
    pieces.push(this.#text);
    for (const part of this.#parts) {
      if (part instanceof Statement) part.#takeApart(pieces, parameters);
      else if (part instanceof Names) pieces.push(part.text);
      else {
        parameters.push(checked(part));
        pieces.push(castOf(part));
      }
    }
  }

  /** The text of the statement with `$1`, `$2`, ... for its parameters. */
  #write(counted: { parameters: number }): string {
    let text = this.#text[0] ?? '';
    for (const [index, part] of this.#parts.entries()) {
      if (part instanceof Statement) text += part.#write(counted);
      else if (part instanceof Names) text += part.text;
      else text += `$${(counted.parameters += 1)}${castOf(part)}`;
      text += this.#text[index + 1] ?? '';
    }
    return text;
  }
}

function checked(parameter: Parameter | undefined): Parameter {
  if (parameter === undefined) throw new TypeError('a parameter of a statement is undefined');
  return parameter;
}

/**
 * The type of a parameter, where its value has one: PostgreSQL takes it from there instead of from what stands around
 * it, which is text in a list of SELECT.
 */
function castOf(parameter: Parameter): string {
  if (typeof parameter === 'bigint') return '::bigint';
  if (typeof parameter === 'boolean') return '::boolean';
  if (typeof parameter !== 'object') return '';
  if (parameter instanceof Date) return '::timestamptz';
  if (parameter instanceof Uint8Array) return '::bytea';
  return '';
}
