import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

let database: TestDatabase;
let service: Client;
let owner: Client;

beforeAll(async () => {
  database = await createDatabase();
  owner = new Client(database.ownerUrl);
  await owner.connect();
});

afterAll(() => owner.end());

/** A session of the service's role, with temporary tables that stand before others and run code of that role. */
beforeEach(async () => {
  service = new Client(database.runtimeUrl);
  await service.connect();
  await service.query(`
    CREATE TEMP TABLE ran_as (who text);
    GRANT ALL ON ran_as TO PUBLIC;
    CREATE FUNCTION pg_temp.tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO pg_temp.ran_as VALUES (current_user);
      RETURN NULL;
    END $$`);
  await service.query(`
    CREATE TEMP TABLE webhook_receipts AS SELECT * FROM public.webhook_receipts LIMIT 0;
    CREATE TEMP TABLE webhook_payloads_rest (LIKE public.webhook_payloads);
    GRANT ALL ON pg_temp.webhook_receipts, pg_temp.webhook_payloads_rest TO PUBLIC;
    CREATE TRIGGER tell AFTER DELETE ON pg_temp.webhook_payloads_rest
      FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.tell()`);
});

afterEach(() => service.end());

const ranAs = async () =>
  (await service.query<{ who: string }>('SELECT DISTINCT who FROM pg_temp.ran_as')).rows.map(
    ({ who }) => who,
  );

test('code of the service’s role runs with its own rights, also from functions of the owner', async () => {
  await service.query('DELETE FROM webhook_payloads_rest');
  const { rows } = await service.query<{ me: string }>('SELECT current_user AS me');
  expect(await ranAs()).toEqual([rows[0]?.me]);

  await service.query("SELECT drop_webhook_payloads(interval '90 days')");
  expect(await ranAs()).toEqual([rows[0]?.me]);
});

test('every function that says where it looks for names looks at temporary tables last', async () => {
  const { rows } = await owner.query<{ name: string; path: string }>(`
    SELECT proname AS name, setting AS path
      FROM pg_proc, unnest(proconfig) AS setting
     WHERE pronamespace = 'public'::regnamespace AND setting LIKE 'search_path=%'`);
  expect(rows.length).toBeGreaterThanOrEqual(4);
  const careless = rows.filter(({ path }) => !/, "?pg_temp"?$/.test(path));
  expect(careless).toEqual([]);
  const definers = await owner.query<{ name: string }>(`
    SELECT proname AS name FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND prosecdef
       AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search_path=%')`);
  expect(definers.rows).toEqual([]);
});
