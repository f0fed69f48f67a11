import { expect } from 'vitest';
import { load, problemsOf, settingsOf, test } from './loading-fixture.ts';

test.each([
  ['30', '32.9', '33'],
  ['30', '30', '33'],
  ['1', '2.9', '3'],
  ['100', '109', '110'],
])(
  'with a gateway timeout of %s s a lease of %s s is refused and one of %s s accepted',
  (timeout, tooShort, enough) => {
    const withLease = (lease: string) =>
      load('/nonexistent', {
        PAYMENT_GATEWAY_TIMEOUT_SECONDS: timeout,
        PAYMENT_LEASE_SECONDS: lease,
      });
    expect(problemsOf(withLease(tooShort)).PAYMENT_LEASE_SECONDS).toContain(
      'lets two workers do the same work',
    );
    expect(settingsOf(withLease(enough)).dueWork.leaseMs).toBe(Number(enough) * 1000);
  },
);

test('the lease follows the gateway timeout, up to the longest that is allowed', ({ folder }) => {
  const leaseFor = (timeout: string) =>
    settingsOf(load(folder.path, { PAYMENT_GATEWAY_TIMEOUT_SECONDS: timeout })).dueWork.leaseMs;
  expect([leaseFor('0.5'), leaseFor('120')]).toEqual([15_500, 135_000]);
});

test('metrics and API cannot share a port, unless the system picks it', ({ folder }) => {
  const onOne = { PAYMENT_PORT: '9000', PAYMENT_PROMETHEUS_PORT: '9000' };
  expect(problemsOf(load(folder.path, onOne))).toEqual({
    PAYMENT_PROMETHEUS_PORT: 'is the same port as PAYMENT_PORT, 9000',
  });
  expect(load(folder.path, { ...onOne, PAYMENT_PROMETHEUS_ENABLED: 'false' }).ok).toBe(true);
  expect(load(folder.path, onOne, 'worker').ok).toBe(true);
  expect(load(folder.path, { PAYMENT_PORT: '0', PAYMENT_PROMETHEUS_PORT: '0' }).ok).toBe(true);
});

test('further database URLs without the first are a problem: they would be left aside', ({
  folder,
}) => {
  const env = { DATABASE_MIGRATION_URL: 'postgres://o@h/d' };
  expect(problemsOf(load(folder.path, env, 'migrate'))).toEqual({
    DATABASE_MIGRATION_URL: 'is set although DATABASE_URL is not',
  });
});

test('sentinels and a cluster exclude each other, and sentinels want a URL', ({ folder }) => {
  const sentinels = { PAYMENT_REDIS_SENTINELS: 'one.internal:26379, two.internal:26380' };
  const url = { PAYMENT_REDIS_URL: 'redis://:hush@h/0' };
  expect(settingsOf(load(folder.path, { ...url, ...sentinels })).redis).toMatchObject({
    topology: {
      kind: 'sentinel',
      master: 'mymaster',
      sentinels: [
        { host: 'one.internal', port: 26_379 },
        { host: 'two.internal', port: 26_380 },
      ],
    },
  });
  const both = { ...url, ...sentinels, PAYMENT_REDIS_CLUSTER: 'true' };
  expect(problemsOf(load(folder.path, both))).toEqual({
    PAYMENT_REDIS_SENTINELS: 'is set although PAYMENT_REDIS_CLUSTER is true',
  });
  expect(problemsOf(load(folder.path, sentinels))).toEqual({
    PAYMENT_REDIS_SENTINELS: 'is set although PAYMENT_REDIS_URL is not',
  });
  for (const wrong of ['one.internal', 'one.internal:0', 'one.internal:65536', ':26379']) {
    const problems = problemsOf(load(folder.path, { ...url, PAYMENT_REDIS_SENTINELS: wrong }));
    expect(Object.keys(problems)).toEqual(['PAYMENT_REDIS_SENTINELS']);
  }
  const cluster = load(folder.path, { ...url, PAYMENT_REDIS_CLUSTER: 'true' });
  expect(settingsOf(cluster).redis).toMatchObject({ topology: { kind: 'cluster' } });
});
