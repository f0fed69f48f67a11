import { redisUrl } from '../url-types.ts';
import { duration, wholeNumber } from '../value-types.ts';
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
