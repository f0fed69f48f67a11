import { connect } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { pay } from '../support/checkout.ts';
import { askDoctor } from '../support/doctor.ts';
import { eventually } from '../support/eventually.ts';
import { START_TIMEOUT_MS, startTenderProcesses } from '../support/tender-processes.ts';
import {
  startConfiguredRedis,
  startConfiguredSentinel,
  startConfiguredSentinels,
  untilServersSay,
  type ConfiguredRedis,
} from './support/configured-redis.ts';
import { readDeployFile } from './support/files.ts';

let redis: ConfiguredRedis;
beforeAll(async () => {
  redis = await startConfiguredRedis();
});
afterAll(() => redis.stop());

test('who has no password is told nothing, and who speaks no TLS is not heard', async () => {
  expect(await redis.ask(null, 'LLEN', 'payment_webhooks')).toContain('NOAUTH');
  const socket = connect(Number(new URL(redis.url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write('PING\r\n');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.on('close', resolve));
  expect(answer).not.toContain('PONG');
});

test('a full one refuses what is new and keeps what it has', async () => {
  expect(await redis.ask('default', 'RPUSH', 'payment_webhooks', '1')).toBe('1');
  expect(await redis.ask('operator', 'CONFIG', 'SET', 'maxmemory', '1')).toBe('OK');
  onTestFinished(async () => {
    await redis.ask('operator', 'CONFIG', 'SET', 'maxmemory', '2gb');
    await redis.ask('operator', 'DEL', 'payment_webhooks');
  });
  expect(await redis.ask('default', 'RPUSH', 'payment_webhooks', '2')).toContain('OOM');
  expect(await redis.ask('default', 'LLEN', 'payment_webhooks')).toBe('1');
});

test('the user that Tender is may not do what Tender does not', async () => {
  for (const command of [
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
    ['KEYS', '*'],
    ['GET', 'payment_webhooks'],
    ['LLEN', 'another_list'],
  ]) {
    expect([command, await redis.ask('default', ...command)]).toEqual([
      command,
      expect.stringContaining('NOPERM') as string,
    ]);
  }
});

test(
  'Tender takes payments, passes signals and counts requests with it, is refused nothing, and the doctor is content',
  async () => {
    await redis.ask('operator', 'ACL', 'LOG', 'RESET');
    const tender = await startTenderProcesses({
      redisUrl: redis.url,
      env: {
        NODE_EXTRA_CA_CERTS: redis.certificateFile,
        PAYMENT_RATE_LIMIT_PER_CALLER: '1000',
        PAYMENT_GATEWAY_TIMEOUT_SECONDS: '15',
        PAYMENT_LEASE_SECONDS: '20',
      },
    });
    onTestFinished(() => tender.close());
    await eventually(async () => {
      expect(await tender.api.metric('redis_connections{state="ready"}')).toBe(2);
    }, 30_000);
    expect((await pay(tender)).status).toBe(201);
    await tender.settled(60_000);

    const ofRedis = (await askDoctor(tender.env)).filter(({ name }) => name.startsWith('redis'));
    expect(ofRedis.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      'redis.auth pass',
      'redis.certificate pass',
      'redis.eviction pass',
      'redis.tls pass',
      'redis.version pass',
    ]);
    const statistics = await redis.ask('default', 'INFO', 'commandstats');
    for (const name of ['rpush', 'blpop', 'evalsha', 'incrby']) {
      expect(statistics).toMatch(new RegExp(`cmdstat_${name}:calls=[1-9]`));
    }
    // The version of its client it tells where it may.
    const refused = await refusedBy(redis.ask);
    expect(refused.filter((what) => what !== 'client|setinfo')).toEqual([]);
  },
  START_TIMEOUT_MS,
);

test('a replica logs in to its primary, and has what the primary has', async () => {
  const { port } = new URL(redis.url);
  const more = ['--replicaof', '127.0.0.1', port, '--tls-ca-cert-file', redis.certificateFile];
  const replica = await startConfiguredRedis({ more });
  onTestFinished(() => replica.stop());
  await redis.ask('default', 'RPUSH', 'payment_webhooks', '7');
  onTestFinished(async () => void (await redis.ask('operator', 'DEL', 'payment_webhooks')));
  await untilServersSay(async () => {
    expect(await replica.ask('default', 'LLEN', 'payment_webhooks')).toBe('1');
  });
});

test('a sentinel logs in to the servers, and wants the password itself', async () => {
  const sentinel = await startConfiguredSentinel(redis);
  onTestFinished(() => sentinel.stop());
  expect(await sentinel.ask(null, 'SENTINEL', 'masters')).toContain('NOAUTH');
  await untilServersSay(async () => {
    const state = await sentinel.ask('default', 'SENTINEL', 'master', 'mymaster');
    expect(state).toMatch(/^flags\nmaster$/m);
    expect(state).toMatch(/^role-reported\nmaster$/m);
    // Whether it has been told anything yet.
    expect(state).toMatch(/^runid\n[0-9a-f]{40}$/m);
  });
});

test(
  'sentinels replace a primary that is lost and take it back as a replica, as users who may do that and no more',
  async () => {
    const { primary, replica, sentinels, tls, stop } = await startConfiguredSentinels();
    onTestFinished(stop);
    await primary.ask('default', 'RPUSH', 'payment_webhooks', '7');
    await untilServersSay(async () => {
      expect(await replica.ask('default', 'LLEN', 'payment_webhooks')).toBe('1');
    });
    await primary.stop();
    const { port } = new URL(replica.url);
    await untilServersSay(async () => {
      for (const { ask } of sentinels) {
        const where = await ask('default', 'SENTINEL', 'get-master-addr-by-name', 'mymaster');
        expect(where.split('\n')[1]).toBe(port);
      }
      expect(await replica.ask('operator', 'ROLE')).toMatch(/^master\n/);
    });
    expect(await replica.ask('default', 'RPUSH', 'payment_webhooks', '8')).toBe('2');

    // It comes back with the file that it had, and so as a primary.
    const again = await startConfiguredRedis({ tls, port: Number(new URL(primary.url).port) });
    onTestFinished(() => again.stop());
    await untilServersSay(async () => {
      expect(await again.ask('operator', 'ROLE')).toMatch(/^slave\n/);
      expect(await again.ask('default', 'LLEN', 'payment_webhooks')).toBe('2');
    });
    for (const { ask } of [replica, again]) expect(await refusedBy(ask)).toEqual([]);
  },
  START_TIMEOUT_MS,
);

test('a server of a cluster starts, and tells Tender of the cluster', async () => {
  const node = await startConfiguredRedis({ file: 'cluster.conf' });
  onTestFinished(() => node.stop());
  expect(await node.ask('default', 'CLUSTER', 'INFO')).toContain('cluster_known_nodes:1');
  expect(await node.ask('default', 'CLUSTER', 'SLOTS')).not.toContain('NOPERM');
  expect(await node.ask('operator', 'CONFIG', 'GET', 'maxmemory-policy')).toContain('noeviction');
});

test.each([
  ['sentinel', ['redis.conf']],
  ['cluster', ['redis.conf', 'cluster.conf']],
])('the overlay %s says what the files say', (overlay, files) => {
  const [config] = parseAllDocuments(
    readDeployFile('kubernetes', 'overlays', overlay, `redis-${overlay}.yaml`),
  );
  const { data } = config!.toJS() as { data: { 'redis.conf': string } };
  const said = directives(data['redis.conf']);
  // The password comes from a secret there, for all alike, and the name of each from its pod.
  const elsewhere = ['aclfile', 'masteruser', 'masterauth', 'include', 'cluster-announce-hostname'];
  const expected = new Map(files.flatMap((file) => [...directives(readDeployFile('redis', file))]));
  for (const name of elsewhere) expected.delete(name);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(expected));
});

/** The commands, keys and passwords that a server has refused. */
async function refusedBy(ask: ConfiguredRedis['ask']): Promise<string[]> {
  const log = await ask('operator', 'ACL', 'LOG');
  return [...log.matchAll(/^object\n(.*)$/gm)].map(([, what = '']) => what);
}

/** The lines of a configuration of Redis, by their first words; the last one of a name counts, and places are left out. */
function directives(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const [name = '', ...rest] = line.split(' ');
      return [name, rest.join(' ').replaceAll(/\/\S*\//g, '')];
    }),
  );
}
