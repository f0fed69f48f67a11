import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, asAdmin, callAs } from '../support/as-operator.ts';
import { runCommand } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

const PATH = '/api/v1/admin/audit-log';

let tender: Tender;
/**
 * A viewer, who was added, was refused once and became an operator: the entries 2, 3 and 4 of the log. The first is of
 * the API key that each of these systems starts with.
 */
let viewer: { id: string; token: string };

beforeAll(async () => {
  tender = await startTender({ env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN } });
  const added = await asAdmin(tender, 'POST', '/operators', { name: 'Grace', role: 'viewer' });
  expect(added.status).toBe(201);
  viewer = { id: added.json.id, token: added.json.token };
  const body = { name: 'Eve', role: 'admin' };
  const refused = await callAs(tender, viewer.token, 'POST', '/api/v1/admin/operators', body);
  expect(refused.status).toBe(403);
  const path = `/operators/${viewer.id}`;
  expect((await asAdmin(tender, 'PATCH', path, { role: 'operator' })).status).toBe(200);
});

afterAll(() => tender.close());

async function listed(query = ''): Promise<Answer['json'][]> {
  const { status, json } = await asAdmin(tender, 'GET', `/audit-log?${query}`);
  expect(status, query).toBe(200);
  return json.data;
}

const idsOf = (entries: Answer['json'][]) => entries.map(({ id }) => id as number);

describe('the audit log', () => {
  test('tells who did what to whom, what was there before and after, from where and in which request', async () => {
    const [changed, refused, added] = await listed();
    expect(added).toMatchObject({
      id: 2,
      actor: { kind: 'operator', id: 'op_bootstrap', name: 'bootstrap', role: 'admin' },
      subject: { id: viewer.id },
      before: null,
      after: { name: 'Grace', role: 'viewer' },
      result: 'done',
      address: '127.0.0.1',
      request_id: expect.stringMatching(/./),
    });
    expect(refused).toMatchObject({
      id: 3,
      actor: { id: viewer.id, name: 'Grace', role: 'viewer' },
      action: 'access.refuse',
      subject: { kind: 'route', id: 'POST /api/v1/admin/operators' },
      result: 'refused',
      reason: expect.stringContaining('admin'),
    });
    expect(changed).toMatchObject({
      id: 4,
      before: { role: 'viewer' },
      after: { role: 'operator' },
    });
    expect(JSON.stringify(await listed())).not.toContain(viewer.token);
  });

  test('is filtered by actor, action, subject, result and time', async () => {
    const [changed, refused] = await listed();
    const at = encodeURIComponent(refused.recorded_at);
    for (const [query, ids] of [
      [`actor_id=${viewer.id}`, [3]],
      ['actor_id=op_bootstrap', [4, 2]],
      [`action=${changed.action}`, [4]],
      [`subject_id=${viewer.id}`, [4, 2]],
      ['subject_kind=route', [3]],
      ['result=refused', [3]],
      ['result=failed', []],
      // Answers tell milliseconds, the log knows microseconds.
      [`from=${at}&result=refused`, [3]],
      [`from=${at}`, [4, 3]],
      [`to=${at}`, [2, 1]],
      ['action=operator%27%20OR%20true', []],
    ] as const) {
      expect(idsOf(await listed(query)), query).toEqual(ids);
    }
  });

  test('is read in pages, each entry once', async () => {
    const ids: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = `limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { json } = await asAdmin(tender, 'GET', `/audit-log?${query}`);
      ids.push(...idsOf(json.data));
      cursor = json.next_cursor;
    }
    expect(ids).toEqual([4, 3, 2, 1]);
    const bad = await asAdmin(tender, 'GET', '/audit-log?cursor=eyJpZCI6Ii0xIn0');
    expect(bad).toMatchObject({ status: 422, json: { code: 'parameter_invalid' } });
  });

  test('is exported whole, the oldest entry first, one in a line, filtered where asked', async () => {
    const exported = async (query = '') => {
      const response = await fetch(`${tender.apiUrl}${PATH}/export?${query}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      expect(response.headers.get('content-type')).toContain('application/jsonl');
      const lines = (await response.text()).split('\n');
      expect(lines.pop()).toBe('');
      return lines.map((line) => JSON.parse(line));
    };
    await eventually(async () => expect((await listed('limit=1'))[0].sealed).toBe(true));
    expect(await exported()).toEqual((await listed()).reverse());
    expect(idsOf(await exported('result=refused'))).toEqual([3]);
  });

  test('is read by no API key', async () => {
    for (const path of [PATH, `${PATH}/export`]) {
      expect((await tender.call('GET', path)).status, path).toBe(403);
    }
  });
});

test('workers seal the log by themselves, and their log proves its end to tender verify audit', async () => {
  await eventually(async () => {
    expect((await listed()).map(({ sealed }) => sealed as boolean)).toEqual(Array(4).fill(true));
    expect(tender.worker.output).toContain('"audit.checkpoint":"4:');
    const metrics = await (await fetch(`${tender.worker.metricsUrl}/metrics`)).text();
    expect(metrics).toMatch(/^audit_unsealed(\{.*\})? 0$/m);
    expect(metrics).toMatch(/^audit_unsealed_oldest_age_seconds(\{.*\})? 0$/m);
  });
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  const log = join(folder, 'worker.log');
  await writeFile(log, tender.worker.output);
  const verified = await runCommand(['verify', 'audit', '--log', log, '--json'], {
    env: { DATABASE_URL: tender.database.runtimeUrl },
  });
  await rm(folder, { recursive: true });
  expect(verified).toMatchObject({ code: 0 });
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, entries: 4, unsealed: 0 });
});
