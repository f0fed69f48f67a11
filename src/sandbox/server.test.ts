import { expect, onTestFinished, test } from 'vitest';
import { startServer } from './server.ts';
import type { Handler } from './server.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

const start = async (handle: Handler) => {
  const server = await startServer(LOOPBACK, handle);
  onTestFinished(() => server.close());
  return server;
};

const ok = { status: 200, headers: {}, body: 'done' };

test('a handler sees method, path, query and the whole body', async () => {
  const { url } = await start(({ method, path, query, body }) => ({
    status: 200,
    headers: {},
    body: JSON.stringify({ method, path, query, length: body.length }),
  }));
  const reply = await fetch(`${url}/a/b?c=d&e`, { method: 'POST', body: 'x'.repeat(300_000) });
  expect(await reply.json()).toEqual({
    method: 'POST',
    path: '/a/b',
    query: 'c=d&e',
    length: 300_000,
  });
});

test.each([
  ['at once', () => Promise.reject(new Error('broken'))],
  [
    'later',
    () => {
      throw new Error('broken');
    },
  ],
] satisfies [string, Handler][])(
  'a handler that fails %s is a 500 that says why',
  async (_, fail) => {
    const { url } = await start(fail);
    const reply = await fetch(url);
    expect(reply.status).toBe(500);
    expect(await reply.text()).toContain('broken');
  },
);

test('an address that is taken is an error, not a hang', async () => {
  const { port } = await start(() => ok);
  await expect(startServer({ ...LOOPBACK, port }, () => ok)).rejects.toThrow('EADDRINUSE');
});

test('closing waits for what is running and then refuses connections', async () => {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  let reached = false;
  const server = await start(async () => {
    reached = true;
    await gate;
    return ok;
  });
  const running = fetch(server.url);
  await expect.poll(() => reached).toBe(true);
  const closed = server.close();
  await expect(fetch(server.url)).rejects.toThrow();
  letGo();
  expect(await (await running).text()).toBe('done');
  await closed;
});
