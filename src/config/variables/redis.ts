import { z } from 'zod';
import { redisUrl } from '../url-types.ts';
import { described, duration, listOfHosts, trueOrFalse, wholeNumber } from '../value-types.ts';
import type { Command, VariableGroup } from '../variable.ts';

const USED_BY = ['api', 'worker', 'start'] as const satisfies Command[];

export const redis = {
  title: 'Redis',
  introduction: 'Carries hints only: what it loses costs time, never data.',
  variables: {
    PAYMENT_REDIS_URL: {
      type: redisUrl(),
      description:
        'Redis 6 or later, `rediss://` with TLS or `redis://` without, which only development admits.',
      example: 'rediss://:<password>@redis-cluster.internal:6379/0',
      whenUnset: 'webhooks are queued in PostgreSQL alone',
      secret: true,
      file: true,
      usedBy: USED_BY,
    },
    PAYMENT_REDIS_SENTINELS: {
      type: listOfHosts(),
      description:
        'The sentinels that know which Redis is the primary. User, password, database and TLS are those of `PAYMENT_REDIS_URL`, whose host is not used then.',
      example: 'redis-sentinel-0.internal:26379,redis-sentinel-1.internal:26379',
      whenUnset: '`PAYMENT_REDIS_URL` itself is asked',
      usedBy: USED_BY,
    },
    PAYMENT_REDIS_SENTINEL_MASTER: {
      type: described('a name', () => z.string().regex(/^[\w.-]{1,100}$/)),
      description: 'The name by which the sentinels know the primary.',
      example: 'mymaster',
      default: 'mymaster',
      usedBy: USED_BY,
    },
    PAYMENT_REDIS_CLUSTER: {
      type: trueOrFalse(),
      description:
        'Whether `PAYMENT_REDIS_URL` names a node of a Redis Cluster, of which the others are learnt.',
      example: 'false',
      default: 'false',
      usedBy: USED_BY,
    },
    PAYMENT_REDIS_MAX_CONNECTIONS: {
      type: wholeNumber(1, 10_000),
      description: 'Connections that one process opens at most.',
      example: '100',
      default: '100',
      usedBy: USED_BY,
    },
    PAYMENT_REDIS_SOCKET_TIMEOUT: {
      type: duration('seconds', 0.1, 300),
      description: 'Seconds until a command without an answer is given up.',
      example: '5',
      default: '5',
      usedBy: USED_BY,
    },
  },
} as const satisfies VariableGroup;
