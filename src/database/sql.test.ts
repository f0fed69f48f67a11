import { expect, test, vi } from 'vitest';
import { createSql, type Parameter, type Part } from './sql.ts';

const send = vi.fn(async (text: string, parameters: Parameter[]) => [{ text, parameters }]);
const sql = createSql(send);

test('values are parameters, never text', async () => {
  const value = "'; DROP TABLE payments; --";
  expect(await sql`SELECT ${value}, ${3}, ${null}`).toEqual([
    { text: 'SELECT $1, $2, $3', parameters: [value, 3, null] },
  ]);
});

test('parts stand in a statement with the numbers of their parameters in order', async () => {
  const part = sql`b = ${'b'} AND ${sql`c = ${'c'}`}`;
  expect(await sql`SELECT FROM t WHERE a = ${'a'} AND ${part} AND d = ${'d'}`).toEqual([
    {
      text: 'SELECT FROM t WHERE a = $1 AND b = $2 AND c = $3 AND d = $4',
      parameters: ['a', 'b', 'c', 'd'],
    },
  ]);
});

test('a value whose type is known says it to PostgreSQL', async () => {
  const parameters = [1n, true, new Date(0), Buffer.from('x')];
  expect(await sql`${1n} ${true} ${new Date(0)} ${Buffer.from('x')}`).toEqual([
    { text: '$1::bigint $2::boolean $3::timestamptz $4::bytea', parameters },
  ]);
});

test('names are quoted', async () => {
  expect(await sql`SELECT ${sql(['id', 'a"b'])} FROM ${sql('order')}`).toEqual([
    { text: 'SELECT "id","a""b" FROM "order"', parameters: [] },
  ]);
});

test('the text follows what stands in the same place each time', async () => {
  const textFor = async (...[a, b]: readonly [Part, Part]) => {
    const [row] = await sql`SELECT ${a}, ${b}`;
    return row?.text;
  };
  const [a, b] = [sql`a = ${'x'}`, sql('a')];
  const expected: [[Part, Part], string][] = [
    [['x', 1], 'SELECT $1, $2'],
    [[1n, 'x'], 'SELECT $1::bigint, $2'],
    [['x', 1n], 'SELECT $1, $2::bigint'],
    [[a, 1n], 'SELECT a = $1, $2::bigint'],
    [[b, 1n], 'SELECT "a", $1::bigint'],
    [[1n, b], 'SELECT $1::bigint, "a"'],
    [[1n, sql`${b}`], 'SELECT $1::bigint, "a"'],
  ];
  for (const [parts, text] of [...expected, ...expected])
    expect(await textFor(...parts)).toBe(text);
});

test('a statement is sent when somebody waits for it, and once', async () => {
  send.mockClear();
  const statement = sql`SELECT 1`;
  await Promise.resolve();
  expect(send).not.toHaveBeenCalled();
  await Promise.all([statement, statement]);
  await statement;
  expect(send).toHaveBeenCalledTimes(1);
});

test('what is not there is not taken for NULL', async () => {
  await expect(sql`SELECT ${undefined as never}`.then()).rejects.toThrow('undefined');
});
