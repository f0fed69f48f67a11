import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../../support/eventually.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import type { ProcessName } from './names.ts';
import { oneAtATime } from './one-at-a-time.ts';

const START_TIMEOUT_MS = 120_000;
/** How long an orchestrator takes to notice, in milliseconds. */
const RESTART_MS = 200;
const KEPT_OUTPUT = 200_000;
const SKEWED_CLOCK = new URL('./skewed-clock.ts', import.meta.url).href;

/** In which way a process differs from how it runs in peace. */
export interface Oddity {
  /** Steps at which it dies or waits, as `TENDER_FAIL_POINTS` has them. */
  failPoints?: string;
  clockOffsetSeconds?: number;
}

/** One process of Tender: killed, stopped and started as schedules want it. */
export class Service {
  readonly name: ProcessName;
  output = '';
  /** What it said last each time that it ended by itself, which only a fail point may make it do. */
  crashes: string[] = [];
  #program: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | null = null;
  #oddity: Oddity | null = null;
  #isWanted = false;
  readonly #next = oneAtATime();

  constructor(name: ProcessName, program: string, env: Record<string, string>) {
    this.name = name;
    this.#program = program;
    this.#env = env;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get isOdd(): boolean {
    return this.#oddity !== null;
  }

  /** Starts it where it does not run; it need not be ready yet. */
  start(oddity: Oddity | null = null): Promise<void> {
    return this.#next(async () => {
      if (!this.isRunning) this.#launch(oddity);
    });
  }

  /** Ends it; from its next start on it is another build. */
  async use(program: string): Promise<void> {
    await this.kill();
    this.#program = program;
  }

  /** As `kill -9`. */
  kill(): Promise<void> {
    return this.#next(() => this.#end('SIGKILL'));
  }

  /** As an orchestrator stops it. */
  stop(): Promise<void> {
    return this.#next(() => this.#end('SIGTERM'));
  }

  /** Waits until it ends by itself, or the time is over. */
  async died(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.isRunning || !this.#child) return true;
    const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
    return once(this.#child, 'exit', { signal: limit }).then(
      () => true,
      () => false,
    );
  }

  /** Resolves when it says that it is ready. */
  async ready(): Promise<void> {
    const port = this.name.startsWith('api')
      ? this.#env['PAYMENT_PORT']
      : this.#env['PAYMENT_PROMETHEUS_PORT'];
    await eventually(async () => {
      if (!this.isRunning)
        throw new Error(`${this.name} does not run: ${this.output.slice(-2_000)}`);
      const { ok } = await fetch(`http://127.0.0.1:${port ?? ''}/ready`);
      if (!ok) throw new Error(`${this.name} is not ready: ${this.output.slice(-2_000)}`);
    }, START_TIMEOUT_MS);
  }

  #launch(oddity: Oddity | null): void {
    this.#oddity = oddity;
    const { failPoints, clockOffsetSeconds } = oddity ?? {};
    const command = this.name.startsWith('api') ? 'api' : 'worker';
    const before = clockOffsetSeconds === undefined ? [] : ['--import', SKEWED_CLOCK];
    const child = spawn(process.execPath, [...before, this.#program, command], {
      cwd: new URL('../../..', import.meta.url).pathname,
      env: {
        ...this.#env,
        ...(failPoints === undefined ? {} : { TENDER_FAIL_POINTS: failPoints }),
        ...(clockOffsetSeconds === undefined
          ? {}
          : { CHAOS_CLOCK_OFFSET_SECONDS: String(clockOffsetSeconds) }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#isWanted = true;
    child.once('exit', (code) => this.#ended(code));
    if (child.pid !== undefined) child.once('exit', killWithParent(child.pid));
    const keep = (data: Buffer) => {
      this.output = (this.output + data.toString()).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#isWanted = false;
    if (!this.isRunning || !this.#child) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  /** What ends by itself is started again, as an orchestrator does; at a fail point that is up to whoever set it. */
  #ended(code: number | null): void {
    if (!this.#isWanted || (code === null && this.#oddity?.failPoints !== undefined)) return;
    this.crashes.push(
      `${this.name} ended with ${code ?? 'a signal'}: ${this.output.slice(-1_500)}`,
    );
    const restart = () => this.start().catch(() => undefined);
    setTimeout(() => void restart(), RESTART_MS);
  }
}
