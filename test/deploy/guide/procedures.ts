import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pay } from '../../support/checkout.ts';
import { CHECKOUT } from '../support/files.ts';
import { BLOCKS } from './blocks.ts';
import { manifest } from './checks.ts';
import { readFencedBlocks } from './fenced-blocks.ts';
import type { Place } from './place.ts';

const RUNBOOKS = join(CHECKOUT, 'docs', 'runbooks');

/** The pages that the README of the runbooks names as procedures, with the commands that stand by themselves in them. */
export const PROCEDURES = readProcedures();

function readProcedures(): { page: string; commands: string[] }[] {
  const readme = readFileSync(join(RUNBOOKS, 'README.md'), 'utf8');
  const [, table = ''] = readme.split('## Procedures');
  const pages = new Set([...table.matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, page = '']) => page));
  const rows = BLOCKS.flatMap((block) => block.rows);
  const run = rows.filter(({ how }) => how !== 'not runnable here').map(({ command }) => command);
  const before = new Set(run);
  return [...pages].flatMap((page) => {
    const blocks = readFencedBlocks(readFileSync(join(RUNBOOKS, page), 'utf8'));
    const commands = chooseCommands(
      [...new Set(blocks.flatMap((block) => block.commands))],
      before,
    );
    for (const command of commands) before.add(command);
    return commands.length === 0 ? [] : [{ page, commands }];
  });
}

/**
 * The commands of a page but those that were run before it, by the guide or for another page: nothing is learned from
 * them again, unless the page itself has changed something by then.
 */
function chooseCommands(commands: string[], before: ReadonlySet<string>): string[] {
  const change = commands.findIndex((command) => / -X P(OST|UT) /.test(command));
  return commands.filter(
    (command, index) => !before.has(command) || (change !== -1 && index > change),
  );
}

/** As the README of the runbooks has it, and it fails where the answer is an error. */
const API = `api() { curl -sS --fail-with-body -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' "$@"; }`;
/** They end with 1 where they have found something, which a system of tests gives them cause for. */
const MAY_FIND = /^tender (doctor|reconcile)/;
const FOR_A_CLUSTER = /^kubectl (?!create)/;
/** restore.test.ts does these, with a server that may be lost. */
const BACKUPS = /^scripts\/(backup|restore)\.sh/;

async function payOnce({ tender }: Place): Promise<string> {
  const { json } = await pay(tender);
  return json.id as string;
}

/** Runs a command of a procedure, or sees that what it names is there; tells `it works`, or what came. */
export async function tryCommand(place: Place, command: string): Promise<string> {
  if (command.startsWith('api()') || BACKUPS.test(command)) return 'it works';
  if (FOR_A_CLUSTER.test(command)) {
    const names = command.match(/payment-(?:api|webhook-worker)/g) ?? [];
    for (const name of names) manifest(place, 'Deployment', name);
    return names.length > 0 ? 'it works' : `it names nothing that production has: ${command}`;
  }
  const log = join(place.directory, 'workers.log');
  await writeFile(log, place.tender.worker.output);
  const { code, output } = await place.type(`${API}; ${command.replace('workers.log', log)}`, {
    env: {
      ...place.tender.env,
      API: 'https://payments.company.com',
      PAYMENT: command.includes('$PAYMENT') ? await payOnce(place) : '',
      TENDER_API_URL: 'https://payments.company.com',
      TENDER_METRICS_URL: `${place.tender.api.metricsUrl}/metrics ${place.tender.worker.metricsUrl}/metrics`,
      NODE_EXTRA_CA_CERTS: join(place.directory, 'trusted.pem'),
    },
  });
  const worked = code === 0 || (code === 1 && MAY_FIND.test(command));
  const isProblem = /"status":[45]\d\d/.test(output);
  return worked && !isProblem ? 'it works' : `exit code ${code}: ${output.slice(-500)}`;
}
