/**
 * All checks and all tests in one go, which is what `npm test` runs. The last line is
 * `N passed, N failed`; each static check counts as one. A test that is skipped counts as failed.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildServiceProgram,
  SERVICE_PROGRAM,
  type ServiceProgram,
} from './support/service-program.ts';
import { findRedisServer } from './support/services/redis-server.ts';
import { SUMMARY_FILE } from './support/summary-reporter.ts';
import type { Summary } from './support/summary-reporter.ts';

const CHECKOUT = join(import.meta.dirname, '..');
/**
 * Rows of projects, which run at once, as tests wait for processes, leases and time-outs for a part of their time. The
 * two longest have workers enough to keep a machine busy to the end. The first project's output can be watched; that of
 * each other one comes in one piece.
 */
const ROWS = [['integration'], ['deploy'], ['chaos', 'unit', 'contract', 'conformance']];
/** What contract tests hold Tender against and is no part of the repository, and the tests that want it. */
const OUTSIDE = [
  { path: '../shared/production-deployment-guide.md', tests: /^test\/contract\/guide\// },
  { path: '../shared/gateway-specs', tests: /^test\/contract\/(?!guide\/)/ },
];

type Result = Pick<Summary, 'passed' | 'failed' | 'failures'>;

/**
 * Runs every `check:` script of package.json: one after the other, and with a low priority, so that they take what the
 * tests beside them leave while those wait, and slow none of them down.
 */
async function runStaticChecks(): Promise<Result> {
  const manifest = JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const names = Object.keys(manifest.scripts).filter((name) => name.startsWith('check:'));
  const result: Result = { passed: 0, failed: 0, failures: [] };
  for (const name of names) {
    const { exitCode, output } = await runCheck(name);
    console.log(exitCode === 0 ? `${name}: passed` : `${name}: FAILED\n${output}`);
    result[exitCode === 0 ? 'passed' : 'failed'] += 1;
    if (exitCode !== 0) result.failures.push(`${name}: npm run ${name} tells more`);
  }
  return result;
}

async function runCheck(name: string): Promise<Ended> {
  const child = runScript(name, [], { stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return untilEnded(child);
}

/** How a process has ended, and what it said where that did not go to the console by itself. */
interface Ended {
  exitCode: number | null;
  output: string;
}

async function untilEnded(child: ChildProcess): Promise<Ended> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output };
}

/** Starts a script of package.json by Node.js itself: npm takes up to half a second of a processor to do so. */
function runScript(name: string, flags: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(process.execPath, ['--run', name, '--', ...flags], { cwd: CHECKOUT, ...options });
}

/** Runs the `test:` scripts of package.json. */
async function runTests(scratch: string, program: string): Promise<Result[]> {
  const runRow = async (projects: string[]) => {
    const results: Result[] = [];
    for (const project of projects) results.push(await runProject(project, scratch, program));
    return results;
  };
  return (await Promise.all(ROWS.map(runRow))).flat();
}

async function runProject(project: string, scratch: string, program: string): Promise<Result> {
  const summaryFile = join(scratch, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=./test/support/summary-reporter.ts'];
  const flags = ['--passWithNoTests', '--allowOnly=false', ...reporters];
  const child = runScript(`test:${project}`, flags, {
    stdio: project === ROWS[0]?.[0] ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      [SUMMARY_FILE]: summaryFile,
      [SERVICE_PROGRAM]: program,
      NODE_COMPILE_CACHE: join(scratch, 'compiled'),
    },
  });
  const { exitCode, output } = await untilEnded(child);
  if (output !== '') console.log(output);
  const { passed, failed, failures, skipped } = await readSummary(summaryFile);
  // vitest may also end badly without a failed test, such as when it cannot set the run up.
  const unexplained =
    exitCode !== 0 && failed === 0 ? [`the ${project} tests could not be run`] : [];
  const countedSkipped = judgeSkipped(project, skipped);
  return {
    passed,
    failed: failed + unexplained.length + countedSkipped.length,
    failures: [...failures, ...unexplained, ...countedSkipped],
  };
}

async function readSummary(path: string): Promise<Summary> {
  if (!existsSync(path)) return { passed: 0, failed: 0, failures: [], skipped: [] };
  return JSON.parse(await readFile(path, 'utf8')) as Summary;
}

/** Those of the skipped tests that count as failed: all whose counterpart is there, or has to be. */
function judgeSkipped(project: string, skipped: string[]): string[] {
  const missing = OUTSIDE.filter(({ path }) => !existsSync(join(CHECKOUT, path)));
  if (project === 'contract' && missing.length > 0 && process.env['CI'] === 'true') {
    return missing.map(
      ({ path }) => `the contract tests need ${path}, which must be there where CI=true is set`,
    );
  }
  const excused = (name: string) =>
    project === 'contract' ? missing.find(({ tests }) => tests.test(name)) : undefined;
  for (const each of missing) {
    const names = skipped.filter((name) => excused(name) === each);
    const files = [...new Set(names.map((name) => name.split(' > ')[0]))].join(', ');
    if (names.length > 0) {
      console.log(`Left out, as ${each.path} is not there: ${names.length} tests of ${files}.`);
    }
  }
  const counted = skipped.filter((name) => excused(name) === undefined);
  return counted.map((name) => `${name}: skipped, which counts as failed`);
}

async function runAll(): Promise<Result> {
  let program: ServiceProgram;
  try {
    await findRedisServer((message) => console.log(message));
    program = await buildServiceProgram();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { passed: 0, failed: 1, failures: [problem] };
  }
  const scratch = await mkdtemp(join(tmpdir(), 'tender-test-'));
  try {
    const [checks, tests] = await Promise.all([runStaticChecks(), runTests(scratch, program.path)]);
    const results = [checks, ...tests];
    return {
      passed: results.reduce((sum, { passed }) => sum + passed, 0),
      failed: results.reduce((sum, { failed }) => sum + failed, 0),
      failures: results.flatMap(({ failures }) => failures),
    };
  } finally {
    await program.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

const { passed, failed, failures } = await runAll();
// Again at the end: what failed is hard to find in so much output, of which some keep the last lines only.
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
