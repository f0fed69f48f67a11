#!/usr/bin/env node
import { Command } from '@commander-js/extra-typings';
import { runApiCommand } from './cli/commands/api.ts';
import { createKeyCommand, listKeysCommand, revokeKeyCommand } from './cli/commands/keys.ts';
import {
  migrateDownCommand,
  migrateStatusCommand,
  migrateUpCommand,
} from './cli/commands/migrate.ts';
import { runSandboxCommand, STRIPE_SANDBOX_PORT } from './cli/commands/sandbox.ts';
import { runStartCommand } from './cli/commands/start.ts';
import { runWorkerCommand } from './cli/commands/worker.ts';
import { Exit } from './cli/exit.ts';
import { portOption } from './cli/port-option.ts';
import { readVersion } from './cli/version.ts';
import { EXIT_INTERNAL, EXIT_UNAVAILABLE, EXIT_USAGE } from './config/exit-codes.ts';

const program = new Command('tender')
  .description('A self-hosted payment system: one HTTP API in front of several payment gateways.')
  .version(readVersion())
  .addHelpText(
    'after',
    '\nSettings come from the environment; docs/configuration.md lists them all.\n' +
      'Exit codes: 0 done, 64 usage, 69 database unreachable, 70 failure, 73 port taken, ' +
      '75 data folder in use, 78 settings wrong.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));

program.command('api').description('serve the HTTP API').action(runApiCommand);
program
  .command('worker')
  .description('work off webhooks, unknown outcomes, expiries and schedules')
  .action(runWorkerCommand);
program
  .command('start')
  .description('everything in one process with a database and a sandbox, for development')
  .option(
    '--sandbox-port <number>',
    'where the sandbox listens',
    portOption(1),
    STRIPE_SANDBOX_PORT,
  )
  .action(runStartCommand);
program
  .command('sandbox')
  .description('a look-alike of Stripe to develop and test against')
  .option('--port <number>', 'where to listen', portOption(0), STRIPE_SANDBOX_PORT)
  .option('--webhook-url <url>', 'where to send webhooks; none are sent without it')
  .action(runSandboxCommand);

const migrate = program.command('migrate').description("bring the database's schema up to date");
migrate.command('up').description('apply what is missing').action(migrateUpCommand);
migrate.command('down').description('undo the last migration only').action(migrateDownCommand);
migrate
  .command('status')
  .description('show what is applied and what is missing')
  .action(migrateStatusCommand);

const keys = program.command('keys').description('API keys');
keys
  .command('create')
  .description('make a key and show it, this once')
  .requiredOption('--name <name>', 'what the key is for')
  .action(createKeyCommand);
keys.command('list').description('show every key but not its value').action(listKeysCommand);
keys.command('revoke <id>').description('end a key within a second').action(revokeKeyCommand);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(codeOf(error));
}

function messageOf(error: unknown): string {
  if (error instanceof Exit) return error.message;
  if (isUnreachable(error)) {
    return `The database cannot be reached: ${(error as Error).message}. Check DATABASE_URL and that it runs.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function codeOf(error: unknown): number {
  if (error instanceof Exit) return error.code;
  return isUnreachable(error) ? EXIT_UNAVAILABLE : EXIT_INTERNAL;
}

/** Errors of the operating system and the driver that say that there is no database at the other end. */
function isUnreachable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|CONNECT_TIMEOUT|CONNECTION_\w+|57P03|28\w{3}|3D000)$/.test(
    code,
  );
}
