import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { SourceMap, type SourceMapping, type SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { inheritedEnvironment } from '../support/inherited-environment.ts';
import { killWithParent } from '../support/services/kill-with-parent.ts';
import { createDatabase, type TestDatabase } from '../support/services/postgres.ts';
import { startTraceCollector } from '../support/trace-collector.ts';
import { CHECKOUT, deployPath, readDeployFile } from './support/files.ts';

/** The program that the image has on its path. */
const TENDER = deployPath('docker', 'tender');

let app: string;
let database: TestDatabase;
const started: ChildProcess[] = [];

beforeAll(async () => {
  // Where no other package can be found by accident.
  app = await mkdtemp(join(tmpdir(), 'tender-image-'));
  const built = promisify(execFile)(process.execPath, ['scripts/build.ts', app], { cwd: CHECKOUT });
  [database] = await Promise.all([createDatabase({ migrated: false }), built]);
});
afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(app, { recursive: true });
});

function environment(more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '' } = inheritedEnvironment();
  return {
    PATH: `${dirname(process.execPath)}:${PATH}`,
    TENDER_HOME: app,
    PAYMENT_HOST: '127.0.0.1',
    DATABASE_URL: database.runtimeUrl,
    DATABASE_MIGRATION_URL: database.ownerUrl,
    ...more,
  };
}

test('the image carries the bundle and its manifest, and no source, test or tool', async () => {
  expect(existsSync(join(app, 'build', 'program', 'cli.js'))).toBe(true);
  for (const name of ['src', 'test', 'node_modules/typescript', 'node_modules/vitest']) {
    expect([name, existsSync(join(app, name))]).toEqual([name, false]);
  }
  const manifest = JSON.parse(await readFile(join(app, 'package.json'), 'utf8')) as object;
  expect(manifest).toMatchObject({ name: 'tender', license: 'Apache-2.0', type: 'module' });
});

test('a stack trace leads to file and line of the source, whose text is not in the image', async () => {
  const folder = join(app, 'build', 'program');
  // As the source has it, and as the bundle does.
  const declaration = /^(export class ConnectionPool|var ConnectionPool = class) /;
  const lineOf = (text: string) => text.split('\n').findIndex((line) => declaration.test(line));
  const found: SourceMapping[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.js.map'))) {
    const map = JSON.parse(await readFile(join(folder, name), 'utf8')) as SourceMapPayload;
    expect([name, map.sourcesContent]).toEqual([name, undefined]);
    const line = lineOf(await readFile(join(folder, name.replace(/\.map$/, '')), 'utf8'));
    if (line >= 0) found.push(new SourceMap(map).findEntry(line, 0) as SourceMapping);
  }
  const source = await readFile(join(CHECKOUT, 'src', 'database', 'pool.ts'), 'utf8');
  expect(found).toMatchObject([
    {
      originalSource: expect.stringMatching(/\/src\/database\/pool\.ts$/) as string,
      originalLine: lineOf(source),
    },
  ]);
});

test('the migration, the API and the worker run from what the image carries alone', async () => {
  const migrated = await promisify(execFile)(TENDER, ['migrate', 'up'], {
    env: environment(),
    cwd: app,
  });
  expect(migrated.stdout + migrated.stderr).toContain('Applied 0001_access');
  const [port, apiMetrics, workerMetrics] = await freePorts(3);
  const processes = [
    { name: 'api', metrics: apiMetrics },
    { name: 'worker', metrics: workerMetrics },
  ];
  const collector = await startTraceCollector();
  onTestFinished(() => collector.close());
  for (const { name, metrics } of processes) {
    const env = environment({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      PAYMENT_PORT: String(port),
      PAYMENT_PROMETHEUS_PORT: String(metrics),
    });
    const child = spawn(TENDER, [name], { env, cwd: app, stdio: 'ignore' });
    started.push(child);
    await once(child, 'spawn');
    if (child.pid !== undefined) child.once('exit', killWithParent(child.pid));
  }
  for (const url of [`http://127.0.0.1:${port}`, `http://127.0.0.1:${workerMetrics}`]) {
    await eventually(async () => {
      expect((await fetch(`${url}/ready`)).status).toBe(200);
    }, 60_000);
  }
  const reference = await fetch(`http://127.0.0.1:${port}/docs/reference.js`);
  expect(reference.status).toBe(200);
  expect((await reference.text()).length).toBeGreaterThan(100_000);

  // What traces need is loaded only where they are wanted, and is in the bundle all the same.
  const refused = await fetch(`http://127.0.0.1:${port}/api/v1/payments`);
  const traceId = refused.headers.get('x-trace-id');
  await eventually(async () => {
    expect(collector.spans.map((span) => span.traceId)).toContain(traceId);
  }, 30_000);

  const [api] = started;
  api?.kill('SIGTERM');
  // The shell is gone: the signal meets Tender itself, which ends in good order.
  const [exitCode] = (await once(api as ChildProcess, 'exit')) as [number | null];
  expect(exitCode).toBe(0);
});

test('everything that the Dockerfile copies exists, and it ends as nobody in particular', () => {
  const dockerfile = readDeployFile('docker', 'Dockerfile');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
    names.split(' '),
  );
  expect(copied.length).toBeGreaterThan(3);
  for (const name of copied) expect([name, existsSync(join(CHECKOUT, name))]).toEqual([name, true]);
  expect(dockerfile).toMatch(/^USER 10001:10001$/m);
  expect(dockerfile).toMatch(/^ENTRYPOINT \["tender"\]$/m);
});
