import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createOtlpTracer, type OtlpTracerOptions } from './otlp-tracer.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = PARENT.replace(/1$/, '0');
const START = { name: 'test', kind: 'internal' } as const;
const NEW = { parent: null };

/** A tracer and what its collector was told once it is closed. */
async function start(overrides: Partial<OtlpTracerOptions> = {}) {
  const told: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => told.push(chunk.toString()));
    request.on('end', () => response.end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const tracer = createOtlpTracer({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    headers: {},
    service: 'test',
    version: '0.0.0',
    sampling: { sampler: 'parentbased_always_on', ratio: 1 },
    onLost: () => undefined,
    ...overrides,
  });
  const close = async () => {
    await tracer.close();
    return told.join('');
  };
  return { tracer, close };
}

test('a trace goes on from a well-formed parent, and begins where there is none', async () => {
  const { tracer, close } = await start();
  const traceIdOf = (parent: string | null) =>
    tracer.begin(START, { parent }, async () => tracer.traceId());
  expect(await traceIdOf(PARENT)).toBe('0af7651916cd43dd8448eb211c80319c');
  for (const parent of [
    null,
    '',
    'nonsense',
    PARENT.slice(0, -1),
    PARENT.toUpperCase(),
    `ff${PARENT.slice(2)}`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `${PARENT}x`,
  ]) {
    const traceId = await traceIdOf(parent);
    expect(traceId).toMatch(/^[\da-f]{32}$/);
    expect(traceId).not.toBe('0af7651916cd43dd8448eb211c80319c');
  }
  await close();
});

test('what is under way is known within the work and nowhere else', async () => {
  const { tracer, close } = await start();
  expect([tracer.traceparent(), tracer.traceId()]).toEqual([null, null]);
  await tracer.begin(START, { parent: PARENT }, async () => {
    const outer = tracer.traceparent();
    expect(outer).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/);
    await tracer.part(START, async () => {
      expect(tracer.traceparent()).not.toBe(outer);
      expect(tracer.traceId()).toBe('0af7651916cd43dd8448eb211c80319c');
    });
    expect(tracer.traceparent()).toBe(outer);
  });
  expect(tracer.traceparent()).toBeNull();
  await close();
});

test('a part of nothing is done without a span, and so is what outlives its span', async () => {
  const { tracer, close } = await start();
  expect(await tracer.part({ ...START, name: 'alone' }, async () => 'done')).toBe('done');
  let late = Promise.resolve();
  await tracer.begin(START, NEW, async () => {
    late = new Promise((resolve) => setImmediate(resolve)).then(() =>
      tracer.part({ ...START, name: 'too late' }, async () => undefined),
    );
  });
  await late;
  await tracer.begin({ ...START, name: 'told' }, NEW, async () => undefined);
  const told = await close();
  expect(told).toContain('"told"');
  expect(told).not.toMatch(/alone|too late/);
});

test('a trace that its caller does not sample is told to nobody, and passed on as such', async () => {
  const { tracer, close } = await start();
  await tracer.begin({ ...START, name: 'silent' }, { parent: UNSAMPLED }, async () => {
    expect(tracer.traceparent()).toMatch(/-00$/);
    await tracer.part({ ...START, name: 'silent part' }, async () => undefined);
  });
  await tracer.begin({ ...START, name: 'told' }, NEW, async () => undefined);
  const told = await close();
  expect(told).toContain('"told"');
  expect(told).not.toContain('silent');
});

test.each([
  ['always_off', PARENT, false],
  ['always_on', UNSAMPLED, true],
  ['traceidratio', PARENT, false],
  ['parentbased_always_off', PARENT, true],
  ['parentbased_always_off', null, false],
  ['parentbased_traceidratio', null, false],
] as const)('%s with the parent %s samples: %s', async (sampler, parent, isTold) => {
  const { tracer, close } = await start({ sampling: { sampler, ratio: 0 } });
  await tracer.begin(START, { parent }, async () => undefined);
  expect((await close()).includes('"test"')).toBe(isTold);
});

test('work that throws ends its span as failed, told by the kind of error and not by its words', async () => {
  const { tracer, close } = await start();
  const failing = tracer.begin(START, NEW, async () => {
    throw new TypeError('hush');
  });
  await expect(failing).rejects.toThrow('hush');
  const told = await close();
  expect(told).toContain('TypeError');
  expect(told).not.toContain('hush');
});

test('a secret or a card number that gets among the attributes is masked, and a long value is cut', async () => {
  const { tracer, close } = await start();
  const attributes = { a: 'key sk_live_abcDEF0123456789', b: 'card 4242 4242 4242 4242' };
  await tracer.begin({ ...START, attributes }, NEW, async (span) =>
    span.describe({ c: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=', d: 'x'.repeat(10_000) }),
  );
  const told = await close();
  expect(told).toContain('[masked]');
  expect(told).not.toMatch(/abcDEF|4242|MfKQ9/);
  expect(told.length).toBeLessThan(5_000);
});

test('losses are told of where there is no collector, and closing does not wait for one', async () => {
  const lost: Error[] = [];
  const { tracer, close } = await start({
    url: 'http://127.0.0.1:1/v1/traces',
    onLost: (error) => lost.push(error),
  });
  await tracer.begin(START, NEW, async () => undefined);
  await expect.poll(() => lost.length, { timeout: 20_000 }).toBe(1);
  await close();
});
