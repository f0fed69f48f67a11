#!/usr/bin/env node
import { Command, Option } from '@commander-js/extra-typings';
import { durationOption } from './cli/duration-option.ts';
import { Exit } from './cli/exit.ts';
import { FIRST_SANDBOX_PORT, portOption } from './cli/port-option.ts';
import { scopesOption } from './cli/scopes-option.ts';
import { readVersion } from './cli/version.ts';
import { EXIT_INTERNAL, EXIT_UNAVAILABLE, EXIT_USAGE } from './config/exit-codes.ts';
import { ROLES } from './domain/access.ts';

// Each command is loaded when it runs, so that a small one does not wait for what only a large one needs.
const commands = {
  api: () => import('./cli/commands/api.ts'),
  doctor: () => import('./cli/commands/doctor.ts'),
  keys: () => import('./cli/commands/keys.ts'),
  migrate: () => import('./cli/commands/migrate.ts'),
  operators: () => import('./cli/commands/operators.ts'),
  reconcile: () => import('./cli/commands/reconcile.ts'),
  sandbox: () => import('./cli/commands/sandbox.ts'),
  schedules: () => import('./cli/commands/schedules.ts'),
  start: () => import('./cli/commands/start.ts'),
  trigger: () => import('./cli/commands/trigger.ts'),
  verify: () => import('./cli/commands/verify.ts'),
  verifyLedger: () => import('./cli/commands/verify-ledger.ts'),
  worker: () => import('./cli/commands/worker.ts'),
};

const DAY_MS = 86_400_000;
const LIFE = durationOption(60_000, 366);
const OVERLAP = durationOption(0, 31);

const program = new Command('tender')
  .description('A self-hosted payment system: one HTTP API in front of several payment gateways.')
  .version(readVersion())
  .addHelpText(
    'after',
    '\nSettings come from the environment; docs/configuration.md lists them all.\n' +
      'Exit codes: 0 done, 1 a check has found something, 64 usage, 69 database unreachable, 70 failure, 73 port taken, ' +
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
  .option('--scopes <scopes>', 'what it may be used for, by commas; all without it', scopesOption)
  .option('--expires-in <duration>', 'such as 90d; it works until it is revoked without it', LIFE)
  .action(async (options) => (await commands.keys()).createKeyCommand(options));
keys
  .command('list')
  .description('show every key but not its value')
  .action(async () => (await commands.keys()).listKeysCommand());
keys
  .command('revoke <id>')
  .description('end a key within a second')
  .action(async (id) => (await commands.keys()).revokeKeyCommand(id));
keys
  .command('rotate <id>')
  .description('make a key that takes the place of another and show it, this once')
  .option('--overlap <duration>', 'how long the old one works on; 0 ends it now', OVERLAP, DAY_MS)
  .option('--expires-in <duration>', 'such as 90d; as long as the old one was to without it', LIFE)
  .action(async (id, options) => (await commands.keys()).rotateKeyCommand(id, options));

const operators = program.command('operators').description('the people who work with Tender');
operators
  .command('add <name>')
  .description('let somebody in and show their token, this once')
  .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
  .option('--expires-in <duration>', 'how long the token works', LIFE, 90 * DAY_MS)
  .action(async (name, options) => (await commands.operators()).addOperatorCommand(name, options));
operators
  .command('list')
  .description('show everybody who is or was let in')
  .action(async () => (await commands.operators()).listOperatorsCommand());
operators
  .command('revoke <id-or-name>')
  .description('let somebody in no more, within a second')
  .action(async (who) => (await commands.operators()).revokeOperatorCommand(who));
operators
  .command('rotate <id-or-name>')
  .description('make a token that takes the place of all others of somebody and show it, this once')
  .option('--overlap <duration>', 'how long the others work on; 0 ends them now', OVERLAP, DAY_MS)
  .option('--expires-in <duration>', 'how long the new one works', LIFE, 90 * DAY_MS)
  .action(async (who, options) => (await commands.operators()).rotateOperatorCommand(who, options));

program
  .command('doctor')
  .description('look at everything that a deployment needs, and say what to do about what is wrong')
  .option('--json', 'for programs')
  .option('--no-gateways', 'ask no gateway whether it takes our credentials')
  .action(async (options) => (await commands.doctor()).doctorCommand(options));

program
  .command('reconcile <gateway>')
  .description("compare whole days with a gateway's own records of what it settled")
  .requiredOption('--from <day>', 'the first day in UTC, such as 2026-11-01')
  .requiredOption('--to <day>', 'the last one')
  .option('--json', 'for programs')
  .action(async (gateway, options) =>
    (await commands.reconcile()).reconcileCommand(gateway, options),
  );

const schedules = program
  .command('schedules')
  .description('what is done by the clock, by workers and by people');
schedules
  .command('list')
  .description('show how often each is to be done, and when it was')
  .action(async () => (await commands.schedules()).listSchedulesCommand());
schedules
  .command('done <name>')
  .description('write down that somebody has done now what no worker does')
  .action(async (name) => (await commands.schedules()).scheduleDoneCommand(name));

const verify = program.command('verify').description('prove that records were not altered');
verify
  .command('audit')
  .description('read the whole audit log and tell what is not as it was written')
  .option(
    '--checkpoint <count:digest>',
    'an audit.checkpoint that a worker has logged, which shows a log that was cut off; may be repeated',
    (each: string, before: string[] = []) => [...before, each],
  )
  .option('--log <file>', "take them from the lines of the workers' log; - for the standard input")
  .option('--json', 'for programs')
  .action(async (options) => (await commands.verify()).verifyAuditCommand(options));
verify
  .command('ledger')
  .description(
    'work the ledger out anew from payments, refunds and disputes, and tell what differs',
  )
  .option('--json', 'for programs')
  .action(async (options) => (await commands.verifyLedger()).verifyLedgerCommand(options));

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
