import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { endProcess } from '../../support/services/end-process.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { findPrograms } from '../../support/services/programs.ts';
import { putDefaultsIn, readComposeFile, secretsOf, type Service } from './compose-file.ts';
import { deployPath } from './files.ts';
import { IP } from './tools.ts';

const run = promisify(execFile);
/** What a container has of this machine in place of what its image would bring. */
const OF_THE_MACHINE = ['/bin', '/sbin', '/lib', '/lib64', '/usr', '/dev', '/proc'];
const PATH =
  '/image:/opt/postgresql/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Whose certificate the proxy shows. */
const PUBLIC_NAME = 'payments.company.com';
/** The accounts of the images. */
const ACCOUNTS = { root: 0, postgres: 70, nginx: 101, redis: 999 };

/** What stands in for the image of a service. */
export interface StandIn {
  /** Folders and files of this machine, by where the container has them. */
  mounts: Record<string, string>;
  env: Record<string, string>;
  /** Runs the words of `command`; a service that names an entrypoint of its own does without. */
  entrypoint: string[];
  workdir: string;
  user: string;
}

/** What ran in a container, and ended. */
export interface Ended {
  exitCode: number;
  output: string;
}

/** A service of compose.yaml that runs. */
export interface Container {
  /** How it ended, or `null` while it runs. */
  exitCode(): number | null;
  log(): string;
  /** Runs a program beside it, as `docker compose exec` does. */
  exec(program: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** Ends it in good order, as `docker compose stop` does, and leaves its volumes. */
  stop(): Promise<void>;
}

interface Mount {
  /** On this machine. */
  source: string;
  /** In the container. */
  target: string;
  writable: boolean;
}

/** Everything that one compose.yaml started. */
export interface Project {
  /** Starts a service with the secrets of this project; what it kept in a volume is there again. */
  start(name: string, standIn: StandIn, env?: Record<string, string>): Promise<Container>;
  down(): Promise<void>;
}

/**
 * Runs services of compose.yaml without Docker, for root on Linux: each with a file system of its own, in which mounts, secrets and
 * entrypoint are as the file says, and all of them with one network, in which they find one another by name.
 */
export async function openProject(secretsFolder: string): Promise<Project> {
  await findPrograms([IP]);
  const { services, secrets } = readComposeFile();
  const place = await mkdtemp(join(tmpdir(), 'tender-compose-'));
  // It lasts as long as its standard input, and so ends with this process.
  const network = spawn('unshare', ['--net', 'sh', '-ec', 'ip link set lo up; echo up; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(network.stdout, 'data');
  const running = new Set<Container>();

  const mountsOf = (service: Service, standIn: StandIn): Mount[] => [
    ...Object.entries(standIn.mounts).map(([target, source]) => ({
      source,
      target,
      writable: false,
    })),
    ...(service.volumes ?? []).map((volume) => {
      const [source = '', target = '', mode] = volume.split(':');
      const isNamed = !source.startsWith('.');
      const folder = isNamed ? join(place, 'volumes', source) : deployPath('compose', source);
      return { source: folder, target, writable: mode !== 'ro' };
    }),
    ...secretsOf(service).map(({ name, target }) => {
      if (secrets[name] === undefined) throw new Error(`compose.yaml has no secret ${name}`);
      return { source: join(secretsFolder, name), target, writable: false };
    }),
  ];

  const start: Project['start'] = async (name, standIn, more = {}) => {
    const service = services[name];
    if (service === undefined) throw new Error(`compose.yaml has no service ${name}`);
    const root = await mkdtemp(join(place, `${name}-`));
    await chmod(root, 0o755);
    await writeSystemFiles(root, [...Object.keys(services), PUBLIC_NAME]);
    const mounts = mountsOf(service, standIn);
    for (const { source, target } of mounts) {
      if (source.startsWith(join(place, 'volumes'))) await mkdir(source, { recursive: true });
      await makeMountPoint(source, join(root, target));
    }
    for (const folder of OF_THE_MACHINE) await mkdir(join(root, folder), { recursive: true });
    await mkdir(join(root, standIn.workdir), { recursive: true });

    const variables = { PATH, ...standIn.env, ...service.environment, ...more };
    const words = service.entrypoint ?? standIn.entrypoint;
    const program = [...words, ...(service.command ?? [])].map(putDefaultsIn);
    const script = [
      'mount --bind "$root" "$root"',
      ...OF_THE_MACHINE.map((folder) => `mount --rbind ${folder} "$root${folder}"`),
      ...mounts.flatMap(({ source, target, writable }) => [
        `mount --bind '${source}' "$root${target}"`,
        ...(writable ? [] : [`mount -o remount,bind,ro "$root${target}"`]),
      ]),
      ...(service.read_only === true ? ['mount -o remount,bind,ro "$root"'] : []),
    ];
    const enter = [
      ...[`--net=/proc/${network.pid}/ns/net`, 'unshare', '--mount', 'sh', '-ec'],
      `root=$1; user=$2; shift 2\n${script.join('\n')}\nexec chroot --userspec="$user" "$root" "$@"`,
      ...['container', root, standIn.user, 'env', '-i', `--chdir=${standIn.workdir}`],
      ...Object.entries(variables).map(([key, value]) => `${key}=${putDefaultsIn(value)}`),
    ];
    const child = spawn('nsenter', [...enter, ...program], { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    child.once('exit', killWithParent(pid));
    const container: Container = {
      exitCode: () => child.exitCode,
      log: () => log,
      exec: (words, env = {}) => execBeside(pid, standIn.user, { ...variables, ...env }, words),
      async stop() {
        await end(child);
        running.delete(container);
        await rm(root, { recursive: true, force: true });
      },
    };
    running.add(container);
    return container;
  };
  return {
    start,
    async down() {
      for (const container of running) await container.stop();
      await end(network);
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** The accounts, and the names that Docker's own name server answers. */
async function writeSystemFiles(root: string, hosts: string[]): Promise<void> {
  await mkdir(join(root, 'etc'));
  await mkdir(join(root, 'tmp'), { mode: 0o777 });
  const files = {
    passwd: Object.entries(ACCOUNTS).map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh`),
    group: Object.entries(ACCOUNTS).map(([name, id]) => `${name}:x:${id}:`),
    hosts: ['localhost', ...hosts].map((name) => `127.0.0.1 ${name}`),
  };
  for (const [name, lines] of Object.entries(files)) {
    await writeFile(join(root, 'etc', name), `${lines.join('\n')}\n`, { mode: 0o644 });
  }
}

async function makeMountPoint(source: string, target: string): Promise<void> {
  const isFolder = (await stat(source)).isDirectory();
  await mkdir(isFolder ? target : dirname(target), { recursive: true });
  if (!isFolder) await writeFile(target, '');
}

async function execBeside(
  pid: number,
  user: string,
  env: Record<string, string>,
  program: readonly string[],
): Promise<Ended> {
  const assigned = Object.entries(env).map(([key, value]) => `${key}=${putDefaultsIn(value)}`);
  const [uid, gid] = user.split(':');
  const flags = ['--mount', '--net', '--root', `--setuid=${uid}`, `--setgid=${gid}`];
  const inside = [`--target=${pid}`, ...flags, 'env', '-i', '--chdir=/', ...assigned];
  return run('nsenter', [...inside, ...program]).then(
    ({ stdout, stderr }) => ({ exitCode: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      exitCode: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

function end(child: ChildProcess): Promise<void> {
  // PostgreSQL waits for its clients at SIGTERM; its image asks Docker for SIGINT.
  const isPostgres = child.spawnargs.some((word) => word.startsWith('PGDATA='));
  return endProcess(child, isPostgres ? 'SIGINT' : 'SIGTERM');
}
