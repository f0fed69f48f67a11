#!/usr/bin/env node
import { Command } from '@commander-js/extra-typings';
import { Exit } from './cli/exit.ts';
import { FIRST_SANDBOX_PORT, portOption } from './cli/port-option.ts';
import { readVersion } from './cli/version.ts';
import { EXIT_INTERNAL, EXIT_UNAVAILABLE, EXIT_USAGE } from './config/exit-codes.ts';

// Each command is loaded when it runs, so that a small one does not wait for what only a large one needs.
const commands = {
  api: () => import('./cli/commands/api.ts'),
  keys: () => import('./cli/commands/keys.ts'),
  migrate: () => import('./cli/commands/migrate.ts'),
  sandbox: () => import('./cli/commands/sandbox.ts'),
  start: () => import('./cli/commands/start.ts'),
  trigger: () => import('./cli/commands/trigger.ts'),
  worker: () => import('./cli/commands/worker.ts'),
};

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

program
  .command('api')
  .description('serve the HTTP API')
  .action(async () => (await commands.api()).runApiCommand());
program
  .command('worker')
  .description('work off webhooks, unknown outcomes, expiries and schedules')
  .action(async () => (await commands.worker()).runWorkerCommand());
program
  .command('start')
  .description('everything in one process with a database and sandboxes, for development')
  .option(
    '--sandbox-port <number>',
    'where the first sandbox listens; the others have the ports after it',
    portOption(1),
    FIRST_SANDBOX_PORT,
  )
  .action(async (options) => (await commands.start()).runStartCommand(options));
program
  .command('sandbox')
  .argument('[gateway]', 'whose; without it the first that there is')
  .description('a look-alike of a gateway to develop and test against')
  .option('--port <number>', 'where to listen; each has a port of its own', portOption(0))
  .option('--webhook-url <url>', 'where to send webhooks; none are sent without it')
  .action(async (gateway, options) =>
    (await commands.sandbox()).runSandboxCommand(gateway, options),
  );
program
  .command('trigger <gateway> <event>')
  .description("have a gateway's sandbox send a signed event, such as a dispute's")
  .option(
    '--set <path=value>',
    'a field of the event, such as data.object.amount=500; may be repeated',
    (each: string, before: string[] = []) => [...before, each],
  )
  .option('--sandbox-url <url>', 'the sandbox; without it the one that tender start has opened')
  .action(async (gateway, event, options) =>
    (await commands.trigger()).runTriggerCommand(gateway, event, options),
  );

const migrate = program.command('migrate').description("bring the database's schema up to date");
migrate
  .command('up')
  .description('apply what is missing')
  .action(async () => (await commands.migrate()).migrateUpCommand());
migrate
  .command('down')
  .description('undo the last migration only')
  .action(async () => (await commands.migrate()).migrateDownCommand());
migrate
  .command('status')
  .description('show what is applied and what is missing')
  .action(async () => (await commands.migrate()).migrateStatusCommand());

const keys = program.command('keys').description('API keys');
keys
  .command('create')
  .description('make a key and show it, this once')
  .requiredOption('--name <name>', 'what the key is for')
  .action(async (options) => (await commands.keys()).createKeyCommand(options));
keys
  .command('list')
  .description('show every key but not its value')
  .action(async () => (await commands.keys()).listKeysCommand());
keys
  .command('revoke <id>')
  .description('end a key within a second')
  .action(async (id) => (await commands.keys()).revokeKeyCommand(id));

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
