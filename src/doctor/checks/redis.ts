import { parseConnectionUrl } from '../../config/connection-url.ts';
import type { RedisSettings, RedisTopology } from '../../config/settings.ts';
import { connectForCommands } from '../../redis.ts';
import { judgeCertificate, readCertificate } from '../certificate.ts';
import { fail, pass, warn, type Check, type Finding } from '../check.ts';

const OLDEST_VERSION = 6;

/** That Redis answers over TLS to whoever has the password only, and does not throw signals away. */
export const redisCheck: Check = {
  name: 'redis',
  run: async ({ settings: { redis, environment } }) => {
    if (redis.kind === 'off') {
      return [
        warn(
          'redis',
          'There is no Redis: webhooks take a little longer, and each process limits requests by itself.',
          'Set PAYMENT_REDIS_URL, unless that is what you want.',
        ),
      ];
    }
    const judge = environment === 'development' ? warn : fail;
    const url = parseConnectionUrl(redis.url.reveal());
    return [
      ...(await server(redis)),
      url !== null && url.password !== ''
        ? pass('redis.auth', 'A password is sent.')
        : judge(
            'redis.auth',
            'No password is sent: whoever reaches Redis can read and push signals.',
            'Set requirepass at the server, and put the password into the URL.',
          ),
      ...(await encryption(url, redis.topology, judge)),
    ];
  },
};

type OnRedis = Extract<RedisSettings, { kind: 'on' }>;

async function server({ url, topology, socketTimeoutMs }: OnRedis): Promise<Finding[]> {
  let failure: Error | null = null;
  const redis = connectForCommands({
    url: url.reveal(),
    topology,
    socketTimeoutMs,
    name: 'tender-doctor',
    onError: (error) => (failure = error),
  });
  try {
    const information = await new Promise<string>((resolve, reject) => {
      redis.once('ready', () => void redis.info().then(resolve, reject));
      redis.once('error', reject);
      setTimeout(() => reject(failure ?? new Error('no answer')), socketTimeoutMs).unref();
    });
    return [version(information), eviction(information)];
  } finally {
    redis.disconnect();
  }
}

function version(information: string): Finding {
  const [, found = '0'] = /^redis_version:(\d+)/m.exec(information) ?? [];
  if (Number(found) >= OLDEST_VERSION) return pass('redis.version', `Redis ${found}.`);
  return fail(
    'redis.version',
    `Redis ${found} is too old.`,
    `Use Redis ${OLDEST_VERSION} or later.`,
  );
}

function eviction(information: string): Finding {
  const [, policy = 'unknown'] = /^maxmemory_policy:(\S+)/m.exec(information) ?? [];
  if (policy === 'noeviction') return pass('redis.eviction', 'Redis throws nothing away.');
  return warn(
    'redis.eviction',
    `maxmemory-policy is ${policy}: signals may be thrown away, for which a sweep makes up within a minute.`,
    'Set maxmemory-policy noeviction, and an alert on the memory of Redis.',
  );
}

async function encryption(
  url: URL | null,
  topology: RedisTopology,
  judge: typeof warn,
): Promise<Finding[]> {
  if (url?.protocol !== 'rediss:') {
    return [judge('redis.tls', 'The connection is not encrypted.', 'Use a rediss:// URL.')];
  }
  // With sentinels the host of the URL is not used: who is the primary, they say.
  const [sentinel] = topology.kind === 'sentinel' ? topology.sentinels : [];
  const server = sentinel ?? { host: url.hostname, port: Number(url.port || 6379) };
  const certificate = await readCertificate(server, 'tls');
  return [
    pass('redis.tls', 'The connection is encrypted, and the server has proved who it is.'),
    judgeCertificate('redis.certificate', certificate),
  ];
}
