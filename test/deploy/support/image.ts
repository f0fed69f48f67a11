import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findPrograms } from '../../support/services/programs.ts';
import { readSettings, readStages, type ImageSettings, type Stage } from './dockerfile.ts';
import { CHECKOUT, readDeployFile } from './files.ts';
import { MMDEBSTRAP } from './tools.ts';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** What Docker gives to every process whose image names none. */
const DOCKER_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Has `/bin` and the like be links into `/usr`, as they are in the images of Debian. */
const MERGED_USR = '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr';

/** The file system that the Dockerfile ends with, and what it says of its containers. */
export interface Image {
  root: string;
  settings: ImageSettings;
  /** What `docker run --read-only` with these arguments and settings would start. */
  start: (args: readonly string[], env: Record<string, string>) => ChildProcess;
  /** Runs a program in the image to its end, as its user and on a file system that is read-only. */
  run: (program: readonly string[], env?: Record<string, string>) => Promise<Ended>;
  remove: () => Promise<void>;
}

/** How a program ended, and what it printed. */
export interface Ended {
  exitCode: number;
  output: string;
}

/** A sentence that says why the image cannot be built on this machine, or `null`. */
export async function findObstacle(): Promise<string | null> {
  const works = (program: string, ...args: string[]) =>
    run(program, args).then(
      () => true,
      () => false,
    );
  if (process.getuid?.() !== 0 || !(await works('apt-get', '--version'))) {
    return 'The image is built without Docker by root on Debian only.';
  }
  if (!(await works('unshare', '--mount', 'true'))) {
    return 'The image is built without Docker only where mounts of its own are allowed (CAP_SYS_ADMIN).';
  }
  return null;
}

/**
 * Does what the Dockerfile says, without Docker: each stage is a folder below `.tender/image`, which an earlier run may
 * have left. Debian comes from the mirror that apt has here, Node and npm are those that run this, and `node_modules` is
 * the checkout's. `args` stand for `--build-arg`. Call it where `findObstacle` finds none.
 */
export async function buildImage(args: Record<string, string>): Promise<Image> {
  await findPrograms([MMDEBSTRAP]);
  const folder = join(CHECKOUT, '.tender', 'image');
  await remove(folder);
  await mkdir(folder, { recursive: true });
  const stages = readStages(readDeployFile('docker', 'Dockerfile'), args);
  const last = stages.at(-1);
  if (last === undefined) throw new Error('The Dockerfile has no stage.');
  await installDebian(last, join(folder, 'debian'));
  for (const stage of stages) await buildStage(stage, folder);
  const root = join(folder, last.name);
  const settings = readSettings(last);
  return {
    root,
    settings,
    start: (words, env) => {
      const program = [...settings.entrypoint, ...(words.length > 0 ? words : settings.command)];
      const [name, ...rest] = enter(root, settings, env, program);
      return spawn(name, rest, { stdio: 'ignore' });
    },
    run: async (program, env = {}) => {
      const [name, ...rest] = enter(root, settings, env, program);
      return new Promise((done) => {
        execFile(name, rest, { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : Number(error.code ?? -1);
          done({ exitCode, output: stdout + stderr });
        });
      });
    },
    remove: () => remove(folder),
  };
}

async function remove(folder: string): Promise<void> {
  await run('rm', ['-rf', '--one-file-system', folder]);
}

/**
 * What `debian:<suite>-slim` begins with: the packages that Debian requires, and apt. They are unpacked and not
 * configured, which takes half as long: no step of the Dockerfile installs a package, or asks for what is configured.
 */
async function installDebian({ from }: Stage, folder: string): Promise<void> {
  const [, suite] = /^debian:([a-z]+)-slim$/.exec(from) ?? [];
  if (suite === undefined)
    throw new Error(`The Dockerfile ends with ${from}, which is not Debian.`);
  const filter = ['Created-By: Packages', 'Origin: Debian', 'Label: Debian', 'Component: main'];
  const format = ['--format', '$(REPO_URI)'];
  const { stdout } = await run('apt-get', ['indextargets', ...format, ...filter]);
  const [mirror = ''] = stdout.split('\n');
  if (mirror === '')
    throw new Error('apt has no mirror of Debian here: see /etc/apt/sources.list.');
  const packages = ['?essential', '?priority(required)', 'apt'].map((each) => `--include=${each}`);
  const options = ['--quiet', '--mode=root', '--variant=extract', MERGED_USR, ...packages];
  await run('mmdebstrap', [...options, suite, folder, mirror], { maxBuffer: MAX_OUTPUT_BYTES });
}

async function buildStage({ from, name, instructions }: Stage, folder: string): Promise<void> {
  const root = join(folder, name);
  // Hard links: what a stage adds are new files, and what it shares with the others stays as it is.
  await run('cp', ['-al', join(folder, 'debian'), root]);
  if (from.startsWith('node:')) await addNode(root);
  let workdir = '/';
  for (const { keyword, rest } of instructions) {
    if (keyword === 'WORKDIR') {
      workdir = rest;
      await mkdir(join(root, workdir), { recursive: true });
    } else if (keyword === 'COPY') {
      await copy(rest, root, workdir, folder);
    } else if (keyword === 'RUN') {
      await runStep(rest, root, workdir);
    } else if (!/^(LABEL|ENV|USER|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD)$/.test(keyword)) {
      throw new Error(`The Dockerfile has ${keyword}, which is not understood here.`);
    }
  }
}

/** Puts Node and npm where the images of Node have them. */
async function addNode(root: string): Promise<void> {
  const local = join(root, 'usr', 'local');
  await cp(process.execPath, join(local, 'bin', 'node'));
  const { stdout } = await run('sh', ['-c', 'command -v npm']);
  const npm = dirname(dirname(await realpath(stdout.trim())));
  await mkdir(join(local, 'lib', 'node_modules'), { recursive: true });
  // Not by Node, to which two thousand small files are several times the work.
  await run('cp', ['-r', npm, join(local, 'lib', 'node_modules', 'npm')]);
  await run('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin', 'npm')]);
  await chmod(join(local, 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'), 0o755);
}

async function copy(rest: string, root: string, workdir: string, folder: string): Promise<void> {
  const words = rest.split(/\s+/);
  const [, stage] = /^--from=(.+)$/.exec(words[0] ?? '') ?? [];
  const sources = words.slice(stage === undefined ? 0 : 1, -1);
  const target = words.at(-1) ?? '';
  const into = join(root, resolve(workdir, target));
  for (const source of sources) {
    const from = stage === undefined ? join(CHECKOUT, source) : join(folder, stage, source);
    const to = target.endsWith('/') ? join(into, basename(source)) : into;
    await mkdir(dirname(to), { recursive: true });
    const filter = (path: string) => stage !== undefined || isSent(path.slice(CHECKOUT.length + 1));
    await cp(from, to, { recursive: true, filter });
  }
}

/** Whether `.dockerignore`, which names what is sent and nothing else, lets Docker have this file. */
function isSent(path: string): boolean {
  const lines = readFileSync(join(CHECKOUT, '.dockerignore'), 'utf8').trim().split('\n');
  const named = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const endings = lines.flatMap((line) => /^\*\*\/\*(\..+)$/.exec(line)?.[1] ?? []);
  return (
    named.some((name) => path === name || path.startsWith(`${name}/`)) &&
    !endings.some((ending) => path.endsWith(ending))
  );
}

/** Runs a step of the build, in which `npm ci` has been done already: its result is the checkout's. */
async function runStep(step: string, root: string, workdir: string): Promise<void> {
  const modules = join(root, workdir, 'node_modules');
  if (step.startsWith('npm ci ')) {
    await mkdir(modules);
    return;
  }
  const script = `
    mount --bind "$1" "$2"
    mount --rbind /proc "$3/proc"
    exec chroot "$3" env -i --chdir="$4" PATH=${DOCKER_PATH} HOME=/root sh -ec "$5"`;
  const words = [join(CHECKOUT, 'node_modules'), modules, root, workdir, step];
  await run('unshare', ['--mount', 'sh', '-ec', script, 'step', ...words], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
}

/** The command that runs a program in the image as a container would: one process throughout, so that it hears signals. */
function enter(
  root: string,
  { env, workdir, user }: ImageSettings,
  more: Record<string, string>,
  program: readonly string[],
): [string, ...string[]] {
  const script = `
    root=$1; user=$2; shift 2
    mount --bind "$root" "$root"
    mount --rbind /proc "$root/proc"
    mount -o remount,bind,ro "$root"
    exec chroot --userspec="$user" --groups= "$root" "$@"`;
  const variables = Object.entries({ PATH: DOCKER_PATH, ...env, ...more });
  const assigned = variables.map(([name, value]) => `${name}=${value}`);
  const inside = ['env', '-i', `--chdir=${workdir}`, ...assigned, ...program];
  return ['unshare', '--mount', 'sh', '-ec', script, 'enter', root, user, ...inside];
}
