import { bearerToken, secretText } from '../credential-types.ts';
import { duration, hostToListenOn, listOfNames, oneOf, port, trueOrFalse } from '../value-types.ts';
import { COMMANDS, type VariableGroup } from '../variable.ts';

export const application = {
  title: 'Application',
  introduction: 'Where Tender runs, what it listens on and how it stops.',
  variables: {
    PAYMENT_ENVIRONMENT: {
      type: oneOf(['development', 'staging', 'production']),
      description:
        'Which checks hold, and which `.env.<environment>` file is read. Set it in the real environment.',
      example: 'production',
      default: 'development',
      usedBy: COMMANDS,
    },
    PAYMENT_HOST: {
      type: hostToListenOn(),
      description: 'The address that the API and the metrics listen on.',
      example: '0.0.0.0',
      whenUnset: '`127.0.0.1` in development, otherwise `0.0.0.0`',
      usedBy: ['api', 'worker', 'start', 'sandbox'],
    },
    PAYMENT_PORT: {
      type: port(),
      description: 'The port of the API; 0 takes any that is free.',
      example: '8000',
      default: '8000',
      usedBy: ['api', 'start'],
    },
    PAYMENT_LOG_LEVEL: {
      type: oneOf(['debug', 'info', 'warn', 'error']),
      description: 'The least important level that is logged.',
      example: 'info',
      default: 'info',
      usedBy: COMMANDS,
    },
    MAINTENANCE_MODE: {
      type: trueOrFalse(),
      description:
        'Refuses everything that moves money with a 503 while what has begun is finished. Operators can do the same ' +
        'without a restart: `PUT /api/v1/admin/maintenance`.',
      example: 'false',
      default: 'false',
      usedBy: ['api', 'start'],
    },
    TENDER_ADMIN_TOKEN: {
      type: bearerToken(),
      description:
        'The bearer token of the first administrator; outside development at least 32 characters, as ' +
        '`openssl rand -base64 32` makes them.',
      example: 'the-output-of-openssl-rand-base64-32',
      whenUnset: 'the administration API admits nobody by token',
      secret: true,
      file: true,
      aliases: ['tender_admin_token'],
      usedBy: ['api', 'start'],
    },
    TENDER_AUDIT_KEY: {
      type: secretText(),
      description:
        'With what the audit log is sealed; at least 32 characters, as `openssl rand -base64 32` makes them. Keep it ' +
        'where whoever can write to the database cannot read it, and keep it: without it nothing can be verified.',
      example: 'the-output-of-openssl-rand-base64-32',
      whenUnset: 'outside development the audit log is not sealed, and a warning says so',
      secret: true,
      file: true,
      aliases: ['tender_audit_key'],
      usedBy: ['worker', 'start', 'verify'],
    },
    TENDER_SHUTDOWN_TIMEOUT_SECONDS: {
      type: duration('seconds', 0, 600),
      description:
        'How long a process that was told to stop may finish what runs. Keep it below the grace period of the ' +
        'orchestrator.',
      example: '25',
      default: '25',
      usedBy: ['api', 'worker', 'start', 'sandbox'],
    },
    TENDER_FAIL_POINTS: {
      type: listOfNames(),
      description:
        'Steps at which a test makes the process fail, separated by commas. Development only.',
      example: '',
      whenUnset: 'none',
      usedBy: ['api', 'worker', 'start'],
    },
  },
} as const satisfies VariableGroup;
