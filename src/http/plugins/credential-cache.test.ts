import { expect, test } from 'vitest';
import { createCredentialCache } from './credential-cache.ts';

interface Credential {
  id: string;
}

const hash = (n: number) => Buffer.alloc(32, n);

function make(find: (hash: Buffer) => Promise<Credential | null>) {
  const state = { time: 0, lookups: 0 };
  const cached = createCredentialCache(
    (asked) => {
      state.lookups += 1;
      return find(asked);
    },
    () => state.time,
  );
  return { cached, state };
}

test('a key is looked up once a second, so that a revoked one works no longer than that', async () => {
  let key: Credential | null = { id: 'key_1' };
  const { cached, state } = make(async () => key);
  expect(await cached(hash(1))).toEqual({ id: 'key_1' });
  key = null;
  state.time = 999;
  expect(await cached(hash(1))).not.toBeNull();
  state.time = 1_000;
  expect(await cached(hash(1))).toBeNull();
  expect(state.lookups).toBe(2);
});

test('requests that come together are one lookup', async () => {
  const { cached, state } = make(async () => ({ id: 'key_1' }));
  await Promise.all(Array.from({ length: 50 }, () => cached(hash(1))));
  expect(state.lookups).toBe(1);
});

test('different keys are never confused', async () => {
  const { cached } = make(async (asked) => ({ id: `key_${asked[0]}` }));
  expect((await cached(hash(1)))?.id).toBe('key_1');
  expect((await cached(hash(2)))?.id).toBe('key_2');
});

test('a lookup that failed is not remembered', async () => {
  let down = true;
  const { cached } = make(async () => {
    if (down) throw new Error('down');
    return { id: 'key_1' };
  });
  await expect(cached(hash(1))).rejects.toThrow('down');
  down = false;
  expect(await cached(hash(1))).toEqual({ id: 'key_1' });
});

test('a flood of made-up keys forgets the oldest instead of growing', async () => {
  const { cached, state } = make(async () => null);
  const numbered = (n: number) => {
    const buffer = Buffer.alloc(32);
    buffer.writeUInt32BE(n);
    return buffer;
  };
  for (let n = 0; n < 10_001; n += 1) await cached(numbered(n));
  await cached(numbered(10_000));
  expect(state.lookups).toBe(10_001);
  await cached(numbered(0));
  expect(state.lookups).toBe(10_002);
});
