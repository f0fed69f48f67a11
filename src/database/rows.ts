import { types, type QueryArrayResult } from 'pg';

type ParseColumn = (text: string) => unknown;

const parserOf = types.getTypeParser as (oid: number, format?: string) => ParseColumn;

/** The oids of what is parsed in another way than the driver's. */
const BIGINT = 20;
const BIGINT_ARRAY = 1016;
const TEXT_ARRAY = 1009;

const parseTextArray = parserOf(TEXT_ARRAY) as (text: string) => (string | null)[];

function parseBigintArray(text: string): (bigint | null)[] {
  return parseTextArray(text).map((each) => (each === null ? null : BigInt(each)));
}

/** How columns become values: `bigint` columns are `bigint`s, the rest is as the driver has it. */
export const COLUMN_TYPES = {
  getTypeParser(oid: number, format?: string): ParseColumn {
    if (oid === BIGINT) return BigInt;
    return oid === BIGINT_ARRAY ? parseBigintArray : parserOf(oid, format);
  },
};

const camelCase = new Map<string, string>();

/** The rows of an answer as objects, with the columns' names in camelCase. */
export function rowsOf({ fields, rows }: QueryArrayResult<unknown[]>): object[] {
  const names = fields.map(({ name }) => nameOf(name));
  return rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (const [index, name] of names.entries()) row[name] = values[index];
    return row;
  });
}

function nameOf(column: string): string {
  let name = camelCase.get(column);
  if (name === undefined) {
    name = column.replaceAll(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
    camelCase.set(column, name);
  }
  return name;
}
