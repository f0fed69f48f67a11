import { expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import type { SeenActivity } from '../database/gateway-activity.ts';
import type { GatewayError } from '../gateways/gateway.ts';
import { createGatewayActivityLog } from './gateway-activity.ts';
import { bucketOf } from './latency-buckets.ts';

const NO_ANSWER: GatewayError = {
  category: 'no_answer',
  code: 'timeout',
  message: '',
  httpStatus: null,
  gatewayRequestId: null,
};

function call(gateway: string, durationMs: number, error: GatewayError | null = null) {
  const outcome = error ? ('unknown' as const) : ('succeeded' as const);
  return { gateway, operation: 'create_payment' as const, outcome, durationMs, error };
}

/** A log whose interval never ends by itself, with what it wrote. */
function startLog(record?: () => Promise<void>) {
  const written: SeenActivity[][] = [];
  const errors: unknown[] = [];
  let now = 0;
  const log = createGatewayActivityLog({
    record: async (seen) => {
      await record?.();
      written.push([...seen]);
    },
    onError: (error) => void errors.push(error),
    intervalMs: 5,
    now: () => now,
  });
  return { log, written, errors, at: (ms: number) => (now = ms) };
}

test('calls are summed up for each gateway, with when what happened last', async () => {
  const { log, written, at } = startLog();
  at(0);
  log.observe(call('a', 100));
  at(300);
  log.observe(call('a', 100, NO_ANSWER));
  log.observe(call('b', 20));
  at(1_000);
  await log.close();
  expect(written).toEqual([
    [
      {
        gateway: 'a',
        calls: 2,
        failures: 1,
        latencies: { [bucketOf(100)]: 2 },
        successAgeMs: 1_000,
        errorAgeMs: 700,
        error: { category: 'no_answer', code: 'timeout', operation: 'create_payment' },
        acceptedAgeMs: 1_000,
        rejectedAgeMs: null,
      },
      expect.objectContaining({ gateway: 'b', calls: 1, failures: 0, successAgeMs: 700 }),
    ],
  ]);
});

test('what cannot be written is kept and written with what follows', async () => {
  let broken = true;
  const { log, written, errors } = startLog(async () => {
    if (broken) throw new Error('the database is away');
  });
  log.observe(call('a', 10));
  await eventually(() => expect(errors).not.toHaveLength(0));
  log.observe(call('a', 10, NO_ANSWER));
  broken = false;
  await eventually(() => expect(written).toHaveLength(1));
  expect(written).toMatchObject([[{ calls: 2, failures: 1, latencies: { [bucketOf(10)]: 2 } }]]);
  await log.close();
  expect(written).toHaveLength(1);
});

test('nothing is written while nothing is called', async () => {
  const { log, written } = startLog();
  log.observe(call('a', 10));
  await eventually(() => expect(written).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 30));
  await log.close();
  expect(written).toHaveLength(1);
});
