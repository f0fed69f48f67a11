import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiKey } from '../../src/admin/api-keys.ts';
import { readAuditEntries, type AuditEntry } from '../../src/database/audit.ts';
import { ADMIN_TOKEN, asAdmin as askAsAdmin, callAs } from '../support/as-operator.ts';
import { operatorWith } from '../support/callers.ts';
import { eventually } from '../support/eventually.ts';
import { startTender, type Tender } from '../support/tender.ts';

let tender: Tender;

beforeAll(async () => {
  tender = await startTender({ parts: ['api'], env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN } });
});

afterAll(() => tender.close());

const call = (token: string, method: string, path: string, body?: object) =>
  callAs(tender, token, method, path, body);
const asAdmin = (method: string, path: string, body?: object) =>
  askAsAdmin(tender, method, path, body);
const works = async (key: string) => (await call(key, 'GET', '/api/v1/payments')).status === 200;

async function entriesAbout(subjectId: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const batch of readAuditEntries(tender.db, { subjectId })) entries.push(...batch);
  return entries;
}

describe('an API key', () => {
  test('is shown once, kept by its hash, and does what its scopes say', async () => {
    const made = await asAdmin('POST', '/api-keys', { name: 'reports', scopes: ['payments:read'] });
    expect(made.status).toBe(201);
    const { key, id } = made.json;
    expect(key).toMatch(/^tk_test_[\w-]{43}$/);
    expect(await works(key)).toBe(true);
    const denied = await call(key, 'POST', '/api/v1/payments', { amount: 100, currency: 'EUR' });
    expect(denied).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(denied.json.detail).toContain('payments:write');
    const shown = await asAdmin('GET', `/api-keys/${id}`);
    expect(JSON.stringify(shown.json)).not.toContain(key);
    const [kept] = await tender.db.sql`SELECT * FROM api_keys WHERE id = ${id}`;
    expect(JSON.stringify(kept)).not.toContain(key.slice(8));
  });

  test('that is rotated works on for the overlap, and without one no longer than a second', async () => {
    const { key, id } = (await asAdmin('POST', '/api-keys', { name: 'shop' })).json;
    const next = await asAdmin('POST', `/api-keys/${id}/rotate`, { overlap_seconds: 3_600 });
    expect(next).toMatchObject({ status: 201, json: { name: 'shop', rotated_from: id } });
    expect(await works(key)).toBe(true);
    expect(await works(next.json.key)).toBe(true);
    const { expires_at: end } = (await asAdmin('GET', `/api-keys/${id}`)).json;
    expect(new Date(end).getTime() - Date.now()).toBeGreaterThan(3_500_000);

    const last = await asAdmin('POST', `/api-keys/${next.json.id}/rotate`, { overlap_seconds: 0 });
    await eventually(async () => expect(await works(next.json.key)).toBe(false), 3_000);
    expect(await works(last.json.key)).toBe(true);
  });

  test('that has expired or was revoked is refused with its reason', async () => {
    const wishes = { name: 'short', mode: 'test', expiresInMs: 1 } as const;
    const expired = await createApiKey(tender.db, wishes);
    const answer = await call(expired.key, 'GET', '/api/v1/payments');
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(answer.json.detail).toContain('expired');

    const { key, id } = (await asAdmin('POST', '/api-keys', { name: 'gone' })).json;
    expect((await asAdmin('POST', `/api-keys/${id}/revoke`)).status).toBe(200);
    await eventually(async () => expect(await works(key)).toBe(false), 3_000);
    expect((await asAdmin('POST', `/api-keys/${id}/rotate`)).json.code).toBe('api_key_not_active');
  });

  test('of the other mode is refused and says so', async () => {
    const { key } = await createApiKey(tender.db, { name: 'live', mode: 'live' });
    const answer = await call(key, 'GET', '/api/v1/payments');
    expect(answer.status).toBe(401);
    expect(answer.json.detail).toContain('live keys work in production only');
  });

  test('tells when it was last used', async () => {
    const { key, id } = (await asAdmin('POST', '/api-keys', { name: 'used' })).json;
    expect((await asAdmin('GET', `/api-keys/${id}`)).json.last_used_at).toBeNull();
    await works(key);
    await eventually(async () => {
      const { last_used_at: at } = (await asAdmin('GET', `/api-keys/${id}`)).json;
      expect(Date.now() - new Date(at ?? 0).getTime()).toBeLessThan(60_000);
    });
  });
});

describe('an operator', () => {
  test('is let in with a token, and no more once they are disabled', async () => {
    const added = await asAdmin('POST', '/operators', { name: 'Ada', role: 'viewer' });
    expect(added.status).toBe(201);
    const { token, id } = added.json;
    expect(token).toMatch(/^tok_[\w-]{43}$/);
    expect(await works(token)).toBe(true);
    const twice = await asAdmin('POST', '/operators', { name: 'ada', role: 'admin' });
    expect(twice).toMatchObject({ status: 409, json: { code: 'operator_name_taken' } });
    expect((await asAdmin('POST', `/operators/${id}/disable`)).status).toBe(200);
    await eventually(async () => expect(await works(token)).toBe(false), 3_000);
  });

  test('whose role does not allow something is told, and the audit log tells of it', async () => {
    const { token, operator } = await operatorWith(tender.db, 'viewer', 'Eve');
    const answer = await call(token, 'POST', '/api/v1/admin/api-keys', { name: 'mine' });
    expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(answer.json.detail).toContain('admin');
    expect(await entriesAbout('POST /api/v1/admin/api-keys')).toMatchObject([
      { actorId: operator.id, actorName: 'Eve', actorRole: 'viewer', result: 'refused' },
    ]);
  });
});

test('every change is in the audit log, with what was before and after, and without any secret', async () => {
  const { key, id } = (await asAdmin('POST', '/api-keys', { name: 'told' })).json;
  await asAdmin('POST', `/api-keys/${id}/revoke`);
  const entries = await entriesAbout(id);
  expect(entries).toMatchObject([
    { action: 'api_key.create', actorId: 'op_bootstrap', address: '127.0.0.1', before: null },
    { action: 'api_key.revoke', result: 'done' },
  ]);
  const [, revoked] = entries.map(({ before, after }) => ({
    before: JSON.parse(before ?? 'null') as { revokedAt: string | null } | null,
    after: JSON.parse(after ?? 'null') as { revokedAt: string | null } | null,
  }));
  expect(revoked?.before?.revokedAt).toBeNull();
  expect(revoked?.after?.revokedAt).not.toBeNull();
  const told = entries.map(({ before, after }) => `${before} ${after}`).join();
  expect(told).not.toContain(key);
  expect(told).not.toContain('hash');
});

test('whoever sends many wrong tokens has to wait, while the right one is taken all the time', async () => {
  const answers = [];
  for (let i = 0; i < 8; i += 1) {
    answers.push(await call(`tok_${'x'.repeat(42)}${i}`, 'GET', '/api/v1/payments'));
  }
  expect(answers.slice(0, 5).map(({ status }) => status)).toEqual(Array(5).fill(401));
  expect(answers[5]).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  expect(Number(answers[5]?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await asAdmin('GET', '/api-keys')).status).toBe(200);
});
