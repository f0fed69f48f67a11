import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { killWithParent } from '../support/services/kill-with-parent.ts';
import { createDatabase } from '../support/services/postgres.ts';
import { readStages } from './support/dockerfile.ts';
import { CHECKOUT, readDeployFile } from './support/files.ts';
import { buildImage, findObstacle, type Image } from './support/image.ts';
import { testLeftOut } from './support/left-out.ts';

/** A machine that is busy, or far from its mirror, takes minutes for a Debian. */
const BUILD_TIMEOUT_MS = 600_000;
const ARGS = { VERSION: 'v1.2.3', REVISION: '0123abc' };
/** Programs that build or install others, of which an image that only runs has none. */
const TOOLS = ['cc', 'gcc', 'g++', 'clang', 'ld', 'make', 'python3', 'tsc', 'npm', 'npx', 'yarn'];

interface Locked {
  version?: string;
  dev?: boolean;
}

const manifest = readJson('package.json') as Record<'license' | 'description', string> &
  Record<'dependencies' | 'devDependencies', Record<string, string>>;
const { packages } = readJson('package-lock.json') as { packages: Record<string, Locked> };

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(CHECKOUT, name), 'utf8'));
}

const obstacle = await findObstacle();
if (obstacle === null) {
  test(
    'what the Dockerfile builds holds what it promises and nothing else, and migration, API and worker run from it',
    { timeout: BUILD_TIMEOUT_MS },
    async () => {
      const image = await buildImage(ARGS);
      onTestFinished(image.remove);
      checkLabels(image);
      await checkPrograms(image);
      checkFiles(image);
      await checkBillOfMaterials(image);
      await checkContainers(image);
      await printSize(image);
    },
  );
} else {
  testLeftOut('the image is', obstacle);
}

function checkLabels({ settings }: Image): void {
  expect(settings.labels).toEqual({
    'org.opencontainers.image.title': 'Tender',
    'org.opencontainers.image.description': manifest.description,
    'org.opencontainers.image.licenses': manifest.license,
    'org.opencontainers.image.version': ARGS.VERSION,
    'org.opencontainers.image.revision': ARGS.REVISION,
  });
}

/** Node of the release that the Dockerfile names, nothing that builds, no root, nothing to write on. */
async function checkPrograms({ run }: Image): Promise<void> {
  const [{ from = '' } = {}] = readStages(readDeployFile('docker', 'Dockerfile'), {});
  const [, major] = /^node:(\d+)/.exec(from) ?? [];
  expect(await run(['node', '--version'])).toEqual({
    exitCode: 0,
    output: expect.stringMatching(new RegExp(`^v${major}[.]`)),
  });
  // The last of them is there, which shows that the others were looked for.
  const names = [...TOOLS, 'tender'].join(' ');
  const found = await run(['sh', '-c', `for name in ${names}; do command -v $name; done`]);
  expect(found.output).toBe('/usr/local/bin/tender\n');

  expect((await run(['sh', '-c', 'id -u; id -g; id -G'])).output).toBe('10001\n10001\n10001\n');
  const written = await run(['sh', '-c', 'echo here > /tmp/written']);
  expect(written.exitCode).not.toBe(0);
  expect(written.output).toContain('Read-only file system');
}

/** No source, no test, and no package that is there for development only, neither as it is nor within the bundle. */
function checkFiles({ root }: Image): void {
  const files = readdirSync(join(root, 'app'), { recursive: true, encoding: 'utf8' });
  expect(files).toContain('build/program/cli.js');
  expect(files.filter((file) => /\.[cm]?ts$/.test(file))).toEqual([]);
  for (const folder of ['source', 'app/src', 'app/scripts', 'root/.npm']) {
    expect([folder, readFolder(join(root, folder))]).toEqual([folder, []]);
  }

  const copied = files.filter((file) => packages[file] !== undefined);
  expect(copied).toContain('node_modules/@scalar/fastify-api-reference');
  const maps = files.filter((file) => /^build\/program\/.*\.js\.map$/.test(file));
  const bundled = maps.flatMap((file) => {
    const { sources, sourcesContent } = JSON.parse(
      readFileSync(join(root, 'app', file), 'utf8'),
    ) as { sources: string[]; sourcesContent?: unknown };
    expect([file, sourcesContent]).toEqual([file, undefined]);
    return sources.flatMap((source) => packageOf(source) ?? []);
  });
  expect(bundled).toContain('node_modules/fastify');
  const names = [...new Set([...copied, ...bundled])];
  expect(names.filter((name) => packages[name]?.dev !== undefined)).toEqual([]);
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The package that a source of the bundle belongs to, as the lock file names it. */
function packageOf(source: string): string | undefined {
  return /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(source)?.[0];
}

/** The bill of materials names every dependency in its version, and none that is for development only. */
async function checkBillOfMaterials({ root }: Image): Promise<void> {
  const text = await readFile(join(root, 'app', 'sbom.cdx.json'), 'utf8');
  const { bomFormat, components } = JSON.parse(text) as {
    bomFormat: string;
    components: { group?: string; name: string; version: string }[];
  };
  expect(bomFormat).toBe('CycloneDX');
  const listed = components.map(({ name, version }) => `${name}@${version}`);
  const wanted = Object.entries(manifest.dependencies).map((entry) => entry.join('@'));
  expect(listed).toEqual(expect.arrayContaining(wanted));
  const named = (dev: boolean) =>
    Object.entries(packages)
      .filter(([, locked]) => (locked.dev === true) === dev)
      .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`);
  const running = new Set(named(false));
  const development = new Set(named(true).filter((name) => !running.has(name)));
  expect(development.size).toBeGreaterThan(100);
  expect(listed.filter((name) => development.has(name))).toEqual([]);
}

/** Migration, API and worker as containers, the health check in them, and an end in good order. */
async function checkContainers({ settings, run, start }: Image): Promise<void> {
  const database = await createDatabase({ migrated: false });
  const [port = 0, apiMetrics = 0, workerMetrics = 0] = await freePorts(3);
  const environment = (metrics: number) => ({
    PAYMENT_HOST: '127.0.0.1',
    PAYMENT_PORT: String(port),
    PAYMENT_PROMETHEUS_PORT: String(metrics),
    DATABASE_URL: database.runtimeUrl,
    DATABASE_MIGRATION_URL: database.ownerUrl,
  });
  const migrate = [...settings.entrypoint, 'migrate', 'up'];
  const migrated = await run(migrate, environment(apiMetrics));
  expect(migrated).toEqual({ exitCode: 0, output: expect.stringContaining('Applied 0001_access') });

  expect(settings.healthCheck[0]).toBe('node');
  const health = async (metrics: number) =>
    (await run(settings.healthCheck, environment(metrics))).exitCode;
  expect(await health(apiMetrics)).toBe(1);

  const containers = [
    { metrics: apiMetrics, words: [] },
    { metrics: workerMetrics, words: ['worker'] },
  ];
  for (const { metrics, words } of containers) {
    const child = start(words, environment(metrics));
    await once(child, 'spawn');
    if (child.pid !== undefined) child.once('exit', killWithParent(child.pid));
    const ended = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    await eventually(async () => expect(await health(metrics)).toBe(0), 120_000, 500);
    if (words.length === 0) {
      expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200);
    }
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  }
}

async function printSize({ run }: Image): Promise<void> {
  const whole = await run(['du', '--summarize', '--one-file-system', '--block-size=M', '/']);
  const app = await run(['du', '--summarize', '--block-size=M', '/app']);
  const [size, appSize] = [whole, app].map(({ output }) => /^\d+M/m.exec(output)?.[0] ?? output);
  process.stdout.write(`the image: ${size}, of which ${appSize} are /app\n`);
}
