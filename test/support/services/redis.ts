import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../free-ports.ts';
import { createCertificate } from './certificate.ts';
import { endProcess, hasEnded } from './end-process.ts';
import { killWithParent } from './kill-with-parent.ts';
import { findRedisServer } from './redis-server.ts';

const START_TIMEOUT_MS = 10_000;
const START_ATTEMPTS = 5;

/** A Redis of one's own on 127.0.0.1. */
export interface TestRedis {
  url: string;
  port: number;
  /** The same server over TLS, and the certificate that it shows; `null` unless it was asked for. */
  tls: { url: string; certificateFile: string } | null;
  flushAll: () => Promise<void>;
  /** Kills the server without warning; what it had not written is lost. */
  kill9: () => Promise<void>;
  /** Starts a killed server again, on the same port and with the data that it kept. */
  restart: () => Promise<void>;
  /** Ends the server and removes its data. */
  stop: () => Promise<void>;
}

interface Settings {
  program: string;
  port: number;
  directory: string;
  appendOnly: boolean;
  tls: readonly string[];
}

/** A server that runs, and how to end it. */
type Server = { kind: 'ready'; kill: () => Promise<void> } | { kind: 'ended' };

/**
 * Starts a private Redis. It keeps nothing across `kill9`, unless it is `appendOnly`; with `tls` it speaks that too, with
 * a certificate that lasts for `days`. With a `password` its URL over TLS is that of a user who has it.
 */
export async function startRedis(
  options: { appendOnly?: boolean; tls?: boolean; password?: string; days?: number } = {},
): Promise<TestRedis> {
  const program = await findRedisServer();
  const directory = await mkdtemp(join(tmpdir(), 'tender-redis-'));
  const appendOnly = options.appendOnly ?? false;
  const { password, days } = options;
  const certificate =
    options.tls === true
      ? await createCertificate(directory, days === undefined ? {} : { days })
      : null;
  const credentials = password === undefined ? '' : `tender:${password}@`;
  const acl =
    password === undefined ? [] : ['--user', 'tender', 'on', `>${password}`, '~*', '&*', '+@all'];
  let port = 0;
  let tlsPort = 0;
  let tls: string[] = [];
  let server: Server = { kind: 'ended' };
  // Another program may listen on a port that was found free a moment ago.
  for (let attempt = 1; attempt <= START_ATTEMPTS && server.kind === 'ended'; attempt += 1) {
    [port = 0, tlsPort = 0] = await freePorts(2);
    if (certificate !== null) {
      const { certificateFile, keyFile } = certificate;
      tls = ['--tls-port', String(tlsPort), '--tls-cert-file', certificateFile];
      tls.push('--tls-key-file', keyFile, '--tls-auth-clients', 'no', ...acl);
    }
    server = await launch({ program, port, directory, appendOnly, tls });
  }
  if (server.kind === 'ended') throw new Error('redis-server does not start.');

  const kill9 = async () => {
    if (server.kind === 'ready') await server.kill();
    server = { kind: 'ended' };
  };
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    tls: certificate && {
      url: `rediss://${credentials}127.0.0.1:${tlsPort}/0`,
      certificateFile: certificate.certificateFile,
    },
    flushAll: async () => {
      const answer = await command(port, 'FLUSHALL');
      if (answer !== '+OK\r\n') throw new Error(`Redis answered FLUSHALL with ${answer}`);
    },
    kill9,
    restart: async () => {
      await kill9();
      server = await launch({ program, port, directory, appendOnly, tls });
      if (server.kind === 'ended') throw new Error('redis-server does not start again.');
    },
    stop: async () => {
      await kill9();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function launch({ program, port, directory, appendOnly, tls }: Settings): Promise<Server> {
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
  const keep = ['--save', '', '--appendonly', appendOnly ? 'yes' : 'no', '--appendfsync', 'always'];
  const child = spawn(program, [...flags, ...keep, ...tls], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  const disarm = killWithParent(child.pid ?? 0);
  child.once('exit', disarm);

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!hasEnded(child) && Date.now() < deadline) {
    if (await isReady(port, child))
      return { kind: 'ready', kill: () => endProcess(child, 'SIGKILL') };
    await delay(10);
  }
  await endProcess(child, 'SIGKILL');
  return { kind: 'ended' };
}

/** Whoever answers on the port must be this very process, not another that has taken it. */
async function isReady(port: number, child: ChildProcess): Promise<boolean> {
  try {
    const information = await command(port, 'INFO server');
    const ours = information.includes(`process_id:${child.pid}\r\n`);
    return ours && (await command(port, 'PING')) === '+PONG\r\n';
  } catch {
    return false;
  }
}

/** Sends one inline command, whose answer has to be short enough to arrive in one piece. */
async function command(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(`${text}\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return chunk.toString();
  } finally {
    socket.destroy();
  }
}
