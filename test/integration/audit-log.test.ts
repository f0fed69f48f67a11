import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { writeCheckpoint } from '../../src/admin/audit-chain.ts';
import { createAuditSealing, sealAudit } from '../../src/admin/seal-audit.ts';
import { verifyAudit, type AuditFinding } from '../../src/admin/verify-audit.ts';
import { insertAuditEntry, type NewAuditEntry } from '../../src/database/audit.ts';
import { Database } from '../../src/database/database.ts';
import { inheritedEnvironment } from '../support/inherited-environment.ts';
import { urlOfDatabase } from '../support/services/postgres-server.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';

const SECRETS = { key: 'visibly-fake-key-of-the-audit-log', deploymentId: 'a deployment' };
const ENTRIES = 6;

let database: TestDatabase;
let db: Database;
/** Whoever can do everything in the database, and does not have the key. */
let attacker: Client;

beforeAll(async () => {
  database = await createDatabase();
  const url = database.runtimeUrl;
  db = new Database({ url, poolSize: 4, prepare: true, applicationName: 'test' });
  attacker = new Client(urlOfDatabase(inject('postgres').superuserUrl, database.name));
  await attacker.connect();
  await attacker.query("SET session_replication_role = 'replica'");
});

beforeEach(() => attacker.query('TRUNCATE audit_log, audit_seals'));

afterAll(async () => {
  await attacker.end();
  await db.close();
});

const entry = (n: number): NewAuditEntry => ({
  actor: { kind: 'operator', id: `op_${n}`, name: 'Ada', role: 'admin' },
  action: 'gateway.disable',
  subject: { kind: 'gateway', id: 'stripe' },
  before: { enabled: true, n },
  after: { enabled: false, n },
  result: 'done',
  reason: 'trouble',
  address: '192.0.2.1',
  requestId: `req_${n}`,
});

const write = (from = 1, to = ENTRIES) =>
  db.sql.begin(async (sql) => {
    for (let n = from; n <= to; n += 1) await insertAuditEntry(sql, entry(n));
  });

async function sealed(): Promise<string> {
  await write();
  const reached = await sealAudit(db, SECRETS);
  if (!reached) throw new Error('nothing was sealed');
  return writeCheckpoint(reached);
}

async function findings(checkpoints: string[] = []): Promise<[AuditFinding['kind'], number][]> {
  const parsed = checkpoints.map((text) => {
    const [id = '', digest = ''] = text.split(':');
    return { entryId: BigInt(id), digest };
  });
  const verification = await verifyAudit(db, SECRETS, parsed);
  return verification.findings.map(({ kind, from }) => [kind, Number(from)]);
}

describe('a log that nobody has touched', () => {
  test('is verified to its end, however many sealers there are and however it grows', async () => {
    await write(1, 3);
    await Promise.all([sealAudit(db, SECRETS), sealAudit(db, SECRETS), sealAudit(db, SECRETS)]);
    await write(4, 1_200);
    await sealAudit(db, SECRETS);
    await write(1_201, 1_202);
    const verification = await verifyAudit(db, SECRETS);
    expect(verification).toMatchObject({ entries: 1_202n, unsealed: 2n, findings: [] });
    expect(verification.reached?.entryId).toBe(1_200n);
  });

  test('has numbers without gaps in the order of the commits, also where some are taken back', async () => {
    const failing = db.sql.begin(async (sql) => {
      await insertAuditEntry(sql, entry(1));
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    await Promise.all([write(1, 20), write(21, 40), write(41, 60), sealAudit(db, SECRETS)]);
    await sealAudit(db, SECRETS);
    expect(await verifyAudit(db, SECRETS)).toMatchObject({ entries: 60n, findings: [] });
  });
});

describe('the running service', () => {
  test.each(['audit_log', 'audit_seals'])(
    'cannot change or delete what is in %s',
    async (table) => {
      await sealed();
      const owner = new Client(database.ownerUrl);
      const runtime = new Client(database.runtimeUrl);
      await Promise.all([owner.connect(), runtime.connect()]);
      const column = table === 'audit_log' ? 'action' : 'digest';
      for (const statement of [
        `UPDATE ${table} SET ${column} = ${column}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table} CASCADE`,
      ]) {
        await expect(runtime.query(statement)).rejects.toThrow('permission denied');
        await expect(owner.query(statement)).rejects.toThrow('never changed or deleted');
      }
      await Promise.all([owner.end(), runtime.end()]);
    },
  );
});

describe('tampering is found, and where', () => {
  const columns = {
    recorded_at: "recorded_at + interval '1 microsecond'",
    actor_kind: "'system'",
    actor_id: "overlay(actor_id PLACING 'X' FROM 2)",
    actor_name: "overlay(actor_name PLACING 'X' FROM 1)",
    actor_role: "overlay(actor_role PLACING 'X' FROM 5)",
    action: "overlay(action PLACING 'X' FROM 8)",
    subject_kind: "overlay(subject_kind PLACING 'X' FROM 1)",
    subject_id: "overlay(subject_id PLACING 'X' FROM 6)",
    before: "replace(before::text, '3', '4')::json",
    after: "(after::text || ' ')::json",
    result: "'failed'",
    reason: 'NULL',
    address: "overlay(address PLACING '2' FROM 9)",
    request_id: "''",
  };
  test.each(Object.entries(columns))('one byte of %s', async (column, value) => {
    await sealed();
    const { rowCount } = await attacker.query(
      `UPDATE audit_log SET ${column} = ${value} WHERE id = 3`,
    );
    expect(rowCount).toBe(1);
    expect(await findings()).toEqual([['changed', 3]]);
  });

  test('any one byte of the text of an entry', async () => {
    await sealed();
    const { rows } = await attacker.query<{ before: string }>(
      'SELECT before::text FROM audit_log WHERE id = 2',
    );
    const text = rows[0]?.before ?? '';
    for (let at = 0; at < text.length; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
      // Where the byte belongs to the form of the JSON, the database itself would not take it as JSON.
      await attacker.query('ALTER TABLE audit_log ALTER COLUMN before TYPE text');
      await attacker.query('UPDATE audit_log SET before = $1 WHERE id = 2', [changed]);
      expect(await findings(), changed).toEqual([['changed', 2]]);
    }
    await attacker.query('UPDATE audit_log SET before = $1 WHERE id = 2', [text]);
    await attacker.query('ALTER TABLE audit_log ALTER COLUMN before TYPE json USING before::json');
    expect(await findings()).toEqual([]);
  });

  test('a row that is deleted, with its seal and without', async () => {
    await sealed();
    await attacker.query('DELETE FROM audit_log WHERE id = 2');
    expect(await findings()).toEqual([['entry_removed', 2]]);
    await attacker.query('DELETE FROM audit_seals WHERE entry_id = 2');
    expect(await findings()).toEqual([
      ['missing', 2],
      ['changed', 3],
    ]);
  });

  test('two rows that are swapped, with their seals and without', async () => {
    await sealed();
    const swap = (table: string, id: string) =>
      attacker.query(
        `UPDATE ${table} SET ${id} = CASE ${id} WHEN 2 THEN -4 WHEN 4 THEN -2 ELSE ${id} END`,
      );
    const back = (table: string, id: string) =>
      attacker.query(`UPDATE ${table} SET ${id} = -${id} WHERE ${id} < 0`);
    await swap('audit_log', 'id');
    await back('audit_log', 'id');
    expect(await findings()).toEqual([
      ['changed', 2],
      ['changed', 4],
    ]);
    await swap('audit_seals', 'entry_id');
    await back('audit_seals', 'entry_id');
    expect((await findings()).map(([, at]) => at)).toEqual([2, 3, 4, 5]);
  });

  test('hashes that are reckoned anew without the key', async () => {
    await sealed();
    await attacker.query("UPDATE audit_log SET actor_name = 'Eve' WHERE id = 3");
    await attacker.query('DELETE FROM audit_seals WHERE entry_id >= 3');
    const forged = new Database({
      url: database.runtimeUrl,
      poolSize: 1,
      prepare: true,
      applicationName: 'test',
    });
    await sealAudit(forged, { ...SECRETS, key: 'what the attacker guesses the key to be' });
    await forged.close();
    expect(await findings()).toEqual([3, 4, 5, 6].map((at) => ['changed', at]));
  });

  test('a row that is put in where another was', async () => {
    await sealed();
    await attacker.query('DELETE FROM audit_seals WHERE entry_id = 5');
    expect(await findings()).toEqual([
      ['seal_removed', 5],
      ['changed', 6],
    ]);
  });

  test('an end that is cut off, where a checkpoint was logged behind it', async () => {
    const checkpoint = await sealed();
    await attacker.query('DELETE FROM audit_seals WHERE entry_id > 4');
    await attacker.query('DELETE FROM audit_log WHERE id > 4');
    expect(await findings()).toEqual([]);
    expect(await findings([checkpoint])).toEqual([['cut_off', 6]]);
    // The numbers are given again to other entries, which does not hide it.
    await write(1, 5);
    await sealAudit(db, SECRETS);
    expect(await findings()).toEqual([]);
    expect(await findings([checkpoint])).toEqual([['other_history', 6]]);
  });

  test('rows that are put in where no number is ever given', async () => {
    await sealed();
    for (const id of ['-9223372036854775808', '-5', '0', '9223372036854775807']) {
      await attacker.query(
        `INSERT INTO audit_log (id, actor_kind, actor_id, actor_name, action, result)
         VALUES ($1, 'operator', 'op_0', 'Eve', 'payment.refund', 'done')`,
        [id],
      );
      expect(
        (await findings()).map(([kind]) => kind),
        id,
      ).toEqual([id.startsWith('9') ? 'missing' : 'put_in']);
      await attacker.query('DELETE FROM audit_log WHERE id = $1', [id]);
    }
    expect(await findings()).toEqual([]);
  });

  test('seals that are lost in a row, as one finding', async () => {
    await sealed();
    await attacker.query('DELETE FROM audit_seals WHERE entry_id BETWEEN 2 AND 4');
    const verification = await verifyAudit(db, SECRETS);
    expect(verification.findings).toEqual([
      { kind: 'seal_removed', from: 2n, to: 4n },
      { kind: 'changed', from: 5n, to: 5n },
    ]);
  });

  test('a log that was sealed twice, by two checkpoints of one entry in whatever order', async () => {
    const first = await sealed();
    await attacker.query("UPDATE audit_log SET actor_name = 'Eve' WHERE id = 3");
    await attacker.query('DELETE FROM audit_seals WHERE entry_id >= 3');
    const second = writeCheckpoint((await sealAudit(db, SECRETS)) ?? { entryId: 0n, digest: '' });
    expect(await findings([first, second])).toEqual([['other_history', 6]]);
    expect(await findings([second, first])).toEqual([['other_history', 6]]);
  });

  test('everything, where the key is another one', async () => {
    await sealed();
    const { findings: found } = await verifyAudit(db, { ...SECRETS, key: 'another key' });
    expect(found.map(({ kind }) => kind)).toEqual(Array(ENTRIES).fill('changed'));
  });
});

describe('a sealer that runs', () => {
  const alter = async (from: number) => {
    await attacker.query("UPDATE audit_log SET actor_name = 'Eve' WHERE id = $1", [from]);
    await attacker.query('DELETE FROM audit_seals WHERE entry_id >= $1', [from]);
  };

  test('does not seal anew what it has seen sealed, which would prove what was altered', async () => {
    await write();
    const sealing = createAuditSealing(db, SECRETS);
    await sealing();
    await alter(3);
    await expect(sealing()).rejects.toThrow('entry 6');
    await write(7, 9);
    await expect(sealing()).rejects.toThrow('entry 6');
    expect(await verifyAudit(db, SECRETS)).toMatchObject({ entries: 9n, unsealed: 7n });
  });

  test('knows what another one has sealed, also where a third has sealed it anew', async () => {
    const watching = createAuditSealing(db, SECRETS);
    await sealed();
    expect(await watching()).toBeNull();
    await alter(6);
    await sealAudit(db, SECRETS);
    await write(7, 7);
    await expect(watching()).rejects.toThrow('entry 6');
  });

  test('says which entry is gone before it was sealed, and seals those before it', async () => {
    await write();
    await attacker.query('DELETE FROM audit_log WHERE id = 4');
    const sealing = createAuditSealing(db, SECRETS);
    expect(await sealing()).toMatchObject({ entryId: 3n });
    await expect(sealing()).rejects.toThrow('entry 4');
    expect(await findings()).toEqual([['missing', 4]]);
  });
});

describe('tender verify audit', () => {
  const verify = (...args: string[]) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const env = {
        ...inheritedEnvironment(),
        DATABASE_URL: database.runtimeUrl,
        TENDER_AUDIT_KEY: SECRETS.key,
      };
      const command = [inject('program'), 'verify', 'audit', ...args];
      execFile(
        process.execPath,
        command,
        { env, cwd: join(import.meta.dirname) },
        (error, stdout, stderr) => {
          const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
          resolve({ code, output: stdout + stderr });
        },
      );
    });

  test('ends with 0 for a log as it was written, and with 1 and the place where it is not', async () => {
    await write();
    const [row] = await db.sql<{ id: string }[]>`SELECT id::text FROM deployment`;
    const reached = await sealAudit(db, { ...SECRETS, deploymentId: row?.id ?? '' });
    const checkpoint = reached === null ? '' : writeCheckpoint(reached);
    const good = await verify('--checkpoint', checkpoint);
    expect(good).toMatchObject({ code: 0 });
    expect(good.output).toContain(`${ENTRIES} entries, 0 of them not sealed yet.`);
    await attacker.query("UPDATE audit_log SET reason = 'none' WHERE id = 3");
    const bad = await verify();
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.output).toContain('Entry 3 is not what was sealed');
    const json = JSON.parse((await verify('--json')).output.split('\n')[0] ?? '') as object;
    expect(json).toMatchObject({ ok: false, findings: [{ kind: 'changed', from: 3, to: 3 }] });
    expect(await verify('--checkpoint', 'six')).toMatchObject({ code: 64 });
  });

  test('takes checkpoints from the lines of a log, and tells of a log without any', async () => {
    await write();
    const [row] = await db.sql<{ id: string }[]>`SELECT id::text FROM deployment`;
    const reached = await sealAudit(db, { ...SECRETS, deploymentId: row?.id ?? '' });
    if (!reached) throw new Error('nothing was sealed');
    const lines = join(await mkdtemp(join(tmpdir(), 'audit-')), 'worker.log');
    const line = (checkpoint: string) =>
      `${JSON.stringify({ level: 'INFO', 'audit.checkpoint': checkpoint })}\n`;
    await writeFile(lines, `{"level":"INFO"}\n${line(writeCheckpoint(reached))}`);
    expect(await verify('--log', lines)).toMatchObject({ code: 0 });
    await appendFile(lines, line(`9:${reached.digest}`));
    const bad = await verify('--log', lines);
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.output).toContain('Entry 9 is missing, and everything behind it');
    await writeFile(lines, 'not a word of it\n');
    expect(await verify('--log', lines)).toMatchObject({ code: 64 });
    expect(await verify('--log', `${lines}.not-there`)).toMatchObject({ code: 64 });
  });
});
