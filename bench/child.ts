import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { killWithParent } from '../test/support/services/kill-with-parent.ts';

const REPOSITORY = new URL('..', import.meta.url).pathname;
const START_TIMEOUT_MS = 60_000;

/** Something that runs beside the bench until it is stopped. */
export interface Child {
  stop(): Promise<void>;
}

/** A process of its own. */
export interface ChildProgram extends Child {
  pid: number;
}

/** A process of its own that does what it is asked, one thing after the other. */
export interface Assistant<Question, Answer> extends ChildProgram {
  ask(question: Question): Promise<Answer>;
}

type Reply<Answer> = { answer: Answer } | { failure: string };

/** Runs a file of the bench, relative to its folder, that calls {@link answerQuestions}. */
export function startAssistant<Question, Answer>(file: string): Assistant<Question, Answer> {
  // So that dates, bytes and bigints arrive as what they are.
  const child = fork(new URL(file, import.meta.url), { serialization: 'advanced' });
  return {
    pid: pidOf(child),
    ask(question) {
      return new Promise((resolve, reject) => {
        const settle = (outcome: () => void) => {
          child.off('message', onReply).off('exit', onExit);
          outcome();
        };
        const onReply = (reply: Reply<Answer>) =>
          settle(() =>
            'failure' in reply
              ? reject(new Error(`${file}: ${reply.failure}`))
              : resolve(reply.answer),
          );
        const onExit = () => settle(() => reject(new Error(`${file} has ended`)));
        child.on('message', onReply).on('exit', onExit);
        child.send(question as object);
      });
    },
    stop: () => end(child),
  };
}

/** In an assistant: answers each question that comes, and ends with the process that asks. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
): void {
  process.on('message', (question: Question) => {
    answer(question).then(
      (answer) => process.send?.({ answer }),
      (error: unknown) => process.send?.({ failure: String((error as Error).stack ?? error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}

/**
 * Runs a command of `tender` in a process of its own.
 *
 * @param readyUrl answers with 2xx once the process is ready
 */
export async function startTender(
  args: readonly string[],
  env: Record<string, string>,
  readyUrl: string,
): Promise<ChildProgram> {
  const profile = process.env.BENCH_CPU_PROFILES;
  const options = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const child = spawn(process.execPath, [...options, 'src/cli.ts', ...args], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? '', PAYMENT_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pid = pidOf(child);
  const disarm = killWithParent(pid, 'KILL');
  const stop = async () => {
    await end(child);
    disarm();
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(readyUrl))) {
    if (child.exitCode !== null) throw new Error(`tender ${args.join(' ')} ended`);
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`tender ${args.join(' ')} is not ready after ${START_TIMEOUT_MS} ms`);
    }
    await delay(50);
  }
  return { pid, stop };
}

/** Has a server of an assistant listen on a free port, and keep its connections. @returns its URL */
export async function listenAnywhere(server: Server): Promise<string> {
  server.keepAliveTimeout = 75_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** A port of the loopback address that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start');
  return pid;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
