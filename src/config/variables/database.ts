import { postgresUrl } from '../url-types.ts';
import { trueOrFalse, wholeNumber } from '../value-types.ts';
import type { Command, VariableGroup } from '../variable.ts';

const USED_BY = [
  'api',
  'worker',
  'start',
  'migrate',
  'keys',
  'operators',
  'verify',
  'schedules',
] as const satisfies Command[];

export const database = {
  title: 'Database',
  introduction:
    'PostgreSQL 14 or later. Outside development a URL is required and must insist on TLS: `sslmode=require`, ' +
    '`verify-ca` or `verify-full`.',
  variables: {
    DATABASE_URL: {
      type: postgresUrl(),
      description: 'The database that everything is kept in; PgBouncer may stand in front of it.',
      example: 'postgresql://user:pass@db-master.internal:5432/payments?sslmode=require',
      whenUnset: 'in development an embedded PostgreSQL in `.tender/`',
      secret: true,
      file: true,
      usedBy: USED_BY,
    },
    DATABASE_DIRECT_URL: {
      type: postgresUrl(),
      description:
        'The same database past any PgBouncer, for `LISTEN`, which its transaction mode does not carry.',
      example: 'postgresql://user:pass@db-master.internal:5432/payments?sslmode=require',
      whenUnset: 'as `DATABASE_URL`',
      secret: true,
      file: true,
      usedBy: USED_BY,
    },
    DATABASE_MIGRATION_URL: {
      type: postgresUrl(),
      description:
        'The same database as the role that owns the tables, for migrations, past any PgBouncer.',
      example: 'postgresql://owner:pass@db-master.internal:5432/payments?sslmode=require',
      whenUnset: 'as `DATABASE_DIRECT_URL`',
      secret: true,
      file: true,
      usedBy: USED_BY,
    },
    PAYMENT_DATABASE_PREPARE: {
      type: trueOrFalse(),
      description:
        'Prepared statements. Turn them off for PgBouncer before 1.21 in transaction mode.',
      example: 'true',
      default: 'true',
      usedBy: ['api', 'worker', 'start', 'keys', 'operators', 'verify', 'schedules'],
    },
    PAYMENT_DATABASE_POOL_SIZE: {
      type: wholeNumber(1, 200),
      description:
        'Connections that one process opens at most. None is held while a gateway works, so few do much; more than four for each core of the database rarely help.',
      example: '8',
      default: '8',
      usedBy: ['api', 'worker', 'start'],
    },
  },
} as const satisfies VariableGroup;
