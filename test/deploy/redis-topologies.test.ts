import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { askDoctor } from '../support/doctor.ts';
import { eventually } from '../support/eventually.ts';
import { expectSameBooks } from '../support/same-books.ts';
import {
  START_TIMEOUT_MS,
  startTenderProcesses,
  type TenderProcesses,
} from '../support/tender-processes.ts';
import { expectNothingLost, startLoad } from './support/load.ts';
import {
  startRedisCluster,
  startSentinels,
  type RedisServers,
} from './support/redis-topologies.ts';

/** How much longer the load goes on with the successor: `REDIS_LOSS_SECONDS=60` is the long form. */
const GOES_ON_SECONDS = Number(process.env['REDIS_LOSS_SECONDS'] ?? 0);
/** How often it is asked whether the successor is in use, each time over connections of their own. */
const ASK_EVERY_MS = 500;
const TOPOLOGIES = [
  { name: 'Redis Sentinel', start: startSentinels },
  { name: 'Redis Cluster', start: startRedisCluster },
];

/** Whether API and worker both have their connections to a Redis that answers. */
async function expectRedisInUse({ api, worker }: TenderProcesses): Promise<void> {
  for (const process of [api, worker]) {
    expect(await process.metric('health_check{check="redis"}')).toBe(1);
    expect(await process.metric('redis_connections{state="ready"}')).toBe(2);
  }
}

/** How often the servers of now have been given signals. */
async function signalsGiven({ url, topology, certificateFile }: RedisServers): Promise<number> {
  const { hostname: host, port, password } = new URL(url);
  const tls = { ca: await readFile(certificateFile, 'utf8') };
  const asked: Redis[] = [];
  let close: () => void;
  if (topology.kind === 'sentinel') {
    const redis = new Redis({
      sentinels: [...topology.sentinels],
      name: topology.master,
      password,
      sentinelPassword: password,
      tls,
      sentinelTLS: tls,
      enableTLSForSentinelMode: true,
    });
    // The one that was killed is tried, too.
    redis.on('error', () => undefined);
    await redis.ping();
    asked.push(redis);
    close = () => redis.disconnect();
  } else {
    const cluster = new Cluster([{ host, port: Number(port) }], {
      redisOptions: { password, tls },
    });
    cluster.on('error', () => undefined);
    await cluster.ping();
    asked.push(...cluster.nodes('master'));
    close = () => cluster.disconnect();
  }
  try {
    const texts = await Promise.all(asked.map((redis) => redis.info('commandstats')));
    const counts = texts.map((text) => Number(/cmdstat_rpush:calls=(\d+)/.exec(text)?.[1] ?? 0));
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    close();
  }
}

describe.concurrent.each(TOPOLOGIES)('$name', ({ name, start }) => {
  test(
    'losing the primary under load fails no payment and loses no webhook, and its successor is put to use',
    async ({ onTestFinished }) => {
      const servers = await start();
      onTestFinished(() => servers.stop());
      const tender = await startTenderProcesses({
        env: {
          ...servers.settings,
          PAYMENT_GATEWAY_TIMEOUT_SECONDS: '15',
          PAYMENT_LEASE_SECONDS: '20',
        },
      });
      onTestFinished(() => tender.close());
      await eventually(() => expectRedisInUse(tender), 30_000);
      const findings = await askDoctor(tender.env);
      expect(findings.map(({ name, status }) => `${name} ${status}`)).toEqual(
        expect.arrayContaining(['redis.auth pass', 'redis.tls pass']),
      );

      const load = startLoad(tender);
      try {
        await eventually(() => expect(load.paid.length).toBeGreaterThan(10), 30_000);
        expect(await signalsGiven(servers)).toBeGreaterThan(0);
        await servers.killPrimary();
        load.slowDown();
        const before = load.paid.length;
        await eventually(() => expectRedisInUse(tender), 60_000, ASK_EVERY_MS);
        // The one that took over began at nought, or with what it was told as a replica, which is not counted twice.
        const given = await eventually(() => signalsGiven(servers), 20_000);
        await eventually(
          async () => expect(await signalsGiven(servers)).toBeGreaterThan(given),
          30_000,
          ASK_EVERY_MS,
        );
        expect(load.paid.length).toBeGreaterThan(before);
        await setTimeout(GOES_ON_SECONDS * 1_000);
      } finally {
        await load.end();
      }
      await tender.settled(60_000);
      process.stdout.write(`${name}: ${await expectNothingLost(tender, load)}\n`);
      expect(load.askedAgain).toBe(0);
      await expectSameBooks(tender);
    },
    START_TIMEOUT_MS + GOES_ON_SECONDS * 1_000,
  );
});
