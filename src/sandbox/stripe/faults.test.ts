import { expect, test } from 'vitest';
import { openSandbox } from './test-client.ts';

const KEY = { idempotencyKey: 'k1' };

test('a delay before the work is a late answer, and a late charge', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'delay', ms: 200 }, times: 1 });
  const startedMs = performance.now();
  const slow = pay('pm_card_visa');
  await expect.poll(() => sandbox.faults.list()).toEqual([]);
  expect(sandbox.books().totals.liveCharges).toBe(0);
  expect((await slow).status).toBe(200);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(199);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a delay after the work has charged long before it answers', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'delay', ms: 200, when: 'after' }, times: 1 });
  let answered = false;
  const slow = pay('pm_card_visa').finally(() => (answered = true));
  await expect.poll(() => sandbox.books().totals.liveCharges).toBe(1);
  expect(answered).toBe(false);
  expect((await slow).status).toBe(200);
});

test('a status before the work charges nothing, and the retry charges', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'status', status: 500 }, times: 1 });
  const failed = await pay('pm_card_visa', {}, KEY);
  expect(failed.status).toBe(500);
  expect(failed.body.error.type).toBe('api_error');
  expect(sandbox.books().totals.liveCharges).toBe(0);
  expect((await pay('pm_card_visa', {}, KEY)).status).toBe(200);
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a 500 after the work has charged, and the retry is told 500 again', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'status', status: 500, when: 'after' }, times: 1 });
  const failed = await pay('pm_card_visa', {}, KEY);
  const retried = await pay('pm_card_visa', {}, KEY);
  expect([failed.status, retried.status]).toEqual([500, 500]);
  expect(retried.text).toBe(failed.text);
  expect(retried.headers.get('idempotent-replayed')).toBe('true');
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a status can bring a body and headers of its own', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({
    fault: {
      kind: 'status',
      status: 429,
      body: 'slow down',
      headers: { 'content-type': 'text/plain', 'retry-after': '7' },
    },
    times: 1,
  });
  const { status, text, headers } = await pay('pm_card_visa');
  expect([status, text, headers.get('retry-after')]).toEqual([429, 'slow down', '7']);
});

test('a connection cut before the work charges nothing', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'drop' }, times: 1 });
  await expect(pay('pm_card_visa', {}, KEY)).rejects.toThrow();
  expect(sandbox.books().payments).toEqual([]);
  expect((await pay('pm_card_visa', {}, KEY)).status).toBe(200);
});

test('a connection cut after the work has charged, and the retry gets the lost answer', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'drop', when: 'after' }, times: 1 });
  await expect(pay('pm_card_visa', {}, KEY)).rejects.toThrow();
  expect(sandbox.books().totals.liveCharges).toBe(1);
  const retried = await pay('pm_card_visa', {}, KEY);
  expect(retried.body.status).toBe('succeeded');
  expect(retried.headers.get('idempotent-replayed')).toBe('true');
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a stall %s the work never answers, and has made %i charges', async (when, charges) => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'stall', when }, times: 1 });
  let answered = false;
  const stalled = pay('pm_card_visa').finally(() => (answered = true));
  await expect.poll(() => sandbox.faults.list()).toEqual([]);
  await pay('pm_card_visa', { amount: '999' });
  expect(answered).toBe(false);
  expect(sandbox.books().totals.liveCharges).toBe(charges + 1);
  await Promise.all([expect(stalled).rejects.toThrow(), sandbox.close()]);
});

test('a malformed answer is the HTML of a proxy, and the retry gets the real one', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'malformed', when: 'after' }, times: 1 });
  const broken = await pay('pm_card_visa', {}, KEY);
  expect(broken.status).toBe(502);
  expect(broken.headers.get('content-type')).toContain('text/html');
  expect((await pay('pm_card_visa', {}, KEY)).body.status).toBe('succeeded');
  expect(sandbox.books().totals.liveCharges).toBe(1);
});

test('a fault meets only the requests that it names, and only as often as it says', async () => {
  const { pay, post, get, sandbox } = await openSandbox();
  const fault = { kind: 'status', status: 503 } as const;
  sandbox.faults.add({
    match: { method: 'POST', path: '/v1/payment_intents/*/capture' },
    fault,
    times: 2,
  });
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  const path = `/v1/payment_intents/${held.body.id}`;
  expect((await get(path)).status).toBe(200);
  const capture = async () => (await post(`${path}/capture`)).status;
  expect([await capture(), await capture(), await capture()]).toEqual([503, 503, 200]);
});

test('a path ending in $ is exact, and any other a prefix', async () => {
  const { pay, get, sandbox } = await openSandbox();
  const { id } = (await pay('pm_card_visa')).body;
  const fault = { kind: 'status', status: 503 } as const;
  const statuses = async () => [
    (await get('/v1/payment_intents')).status,
    (await get(`/v1/payment_intents/${id}`)).status,
  ];
  sandbox.faults.add({ match: { path: '/v1/payment_intents$' }, fault });
  expect(await statuses()).toEqual([503, 200]);
  sandbox.faults.clear();
  sandbox.faults.add({ match: { path: '/v1/payment_intents' }, fault });
  expect(await statuses()).toEqual([503, 503]);
});

test('a fault finds its payment by metadata, in the request or behind the path', async () => {
  const { pay, post, sandbox } = await openSandbox();
  sandbox.faults.add({
    match: { metadata: { order: '7' }, times: 2 },
    fault: { kind: 'status', status: 503 },
  });
  const other = await pay('pm_card_visa', { capture_method: 'manual', 'metadata[order]': '8' });
  expect(other.status).toBe(200);
  const met = await pay('pm_card_visa', { 'metadata[order]': '7' });
  expect(met.status).toBe(503);
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  const path = `/v1/payment_intents/${held.body.id}`;
  await post(path, { 'metadata[x]': 'y' });
  sandbox.faults.clear();
  sandbox.faults.add({
    match: { metadata: { x: 'y' } },
    fault: { kind: 'status', status: 503 },
  });
  expect((await post(`${path}/capture`)).status).toBe(503);
  expect((await post(`/v1/payment_intents/${other.body.id}/capture`)).status).toBe(200);
});

test('faults are added, shown and removed over HTTP', async () => {
  const { pay, control } = await openSandbox();
  const added = await control('POST', 'faults', {
    match: { method: 'POST', path: '/v1/payment_intents', times: 3 },
    fault: { kind: 'status', status: 500, when: 'before' },
  });
  expect(added.status).toBe(201);
  await pay('pm_card_visa');
  const listed = JSON.parse((await control('GET', 'faults')).text) as { faults: object[] };
  expect(listed.faults).toMatchObject([{ id: added.body.id, struck: 1, remaining: 2 }]);
  await control('DELETE', `faults/${added.body.id}`);
  expect((await pay('pm_card_visa')).status).toBe(200);
  await control('POST', 'faults', { fault: { kind: 'drop' } });
  await control('DELETE', 'faults');
  expect((await pay('pm_card_visa')).status).toBe(200);
});

test.each([
  {},
  { fault: { kind: 'explode' } },
  { fault: { kind: 'delay' } },
  { fault: { kind: 'status', status: 200 } },
  { fault: { kind: 'drop' }, times: 0 },
  { match: { colour: 'red' }, fault: { kind: 'drop' } },
  { webhook: { kind: 'drop' } },
  { behaviour: 'nonsense' },
])('%o is not a fault', async (rule) => {
  const { control } = await openSandbox();
  expect((await control('POST', 'faults', rule)).status).toBe(400);
});

test('closing ends delays, lets answers out and cuts what is silent', async () => {
  const { pay, sandbox } = await openSandbox();
  sandbox.faults.add({ fault: { kind: 'delay', ms: 60_000 }, times: 1 });
  const slow = pay('pm_card_visa');
  await expect.poll(() => sandbox.faults.list()).toEqual([]);
  await sandbox.close();
  expect((await slow).body.status).toBe('succeeded');
});

test('a reset forgets payments, keys and faults', async () => {
  const { pay, control, sandbox } = await openSandbox();
  const first = await pay('pm_card_visa', {}, KEY);
  sandbox.faults.add({ fault: { kind: 'drop' } });
  await control('POST', 'reset');
  expect(sandbox.books().payments).toEqual([]);
  const second = await pay('pm_card_visa', {}, KEY);
  expect(second.body.id).not.toBe(first.body.id);
});
