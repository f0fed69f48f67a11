import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { eventually } from '../support/eventually.ts';
import { asSuperuser } from '../support/services/postgres-server.ts';
import { createDatabase, openDatabase, type TestDatabase } from '../support/services/postgres.ts';

const CALLERS = 12;
const CUTS = 25;

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase(database.ownerUrl);
  await db.sql`CREATE TABLE written (name text)`;
});
afterAll(() => db.close(1));

/** Cuts every connection, and sometimes refuses new ones for a moment. */
async function cutConnections(): Promise<void> {
  await asSuperuser(inject('postgres').superuserUrl, async (client) => {
    for (let cut = 0; cut < CUTS; cut += 1) {
      await delay(20 + Math.random() * 80);
      const refuse = cut % 3 === 0;
      if (refuse) await client.query(`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS false`);
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
        [database.name],
      );
      if (refuse) {
        await delay(Math.random() * 100);
        await client.query(`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS true`);
      }
    }
  });
}

test('connections that are cut at any time lose no caller, mix no answers up, and leave no half of a transaction', async () => {
  let goesOn = true;
  const settled = { answered: 0, failed: 0 };
  const committed: number[] = [];
  const unsure: number[] = [];
  let last = 0;

  async function ask(number: number): Promise<void> {
    const rows = await db.run('ask', (sql) => sql`SELECT ${number}::int AS number`);
    expect(rows).toEqual([{ number }]);
  }
  async function writeTwice(number: number): Promise<void> {
    unsure.push(number);
    await db.run('write', (sql) =>
      sql.begin(async (transaction) => {
        const rows = await transaction`
          INSERT INTO written (name) VALUES (${`first ${number}`}) RETURNING name`;
        expect(rows).toEqual([{ name: `first ${number}` }]);
        await transaction`SELECT pg_sleep(0.002)`;
        await transaction`INSERT INTO written (name) VALUES (${`second ${number}`})`;
      }),
    );
    committed.push(number);
  }
  async function call(): Promise<void> {
    while (goesOn) {
      last += 1;
      try {
        await (last % 3 === 0 ? writeTwice(last) : ask(last));
        settled.answered += 1;
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error;
        settled.failed += 1;
        await delay(5);
      }
    }
  }

  const callers = Promise.all(Array.from({ length: CALLERS }, call));
  await cutConnections();
  goesOn = false;
  await callers;

  await eventually(() => ask(0));
  const rows = await db.sql<{ name: string }[]>`SELECT name FROM written`;
  const names = new Set(rows.map(({ name }) => name));
  for (const number of unsure) {
    expect(names.has(`first ${number}`)).toBe(names.has(`second ${number}`));
  }
  expect(committed.filter((number) => !names.has(`first ${number}`))).toEqual([]);
  expect(settled.answered).toBeGreaterThan(CUTS);
  expect(settled.failed).toBeGreaterThan(0);
});
