import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { inject } from 'vitest';
import type { StripeSandbox } from '../../src/sandbox/stripe/start.ts';
import { eventually } from './eventually.ts';
import { endProcess, hasEnded } from './services/end-process.ts';
import { killWithParent } from './services/kill-with-parent.ts';
import { readMetric, type Part, type TenderPart } from './tender-part.ts';
import {
  openStripeSandbox,
  prepareTender,
  startParts,
  type AnySandbox,
  type OpenSandbox,
  type Tender,
  type TenderOptions,
} from './tender.ts';

/** Tender as it runs in production: real processes, which can be killed and whose output can be read. */
export interface TenderProcesses<
  Sandbox extends AnySandbox = StripeSandbox,
> extends Tender<Sandbox> {
  api: TenderProcess;
  worker: TenderProcess;
}

/** A start takes two seconds, or much longer on a machine that is busy with other things. */
export const START_TIMEOUT_MS = 120_000;

/** Starts Stripe's sandbox, and API and worker as processes. */
export function startTenderProcesses(options: TenderOptions = {}): Promise<TenderProcesses> {
  return startTenderProcessesWith(openStripeSandbox, options);
}

/**
 * Starts a gateway's sandbox, and API and worker as processes.
 *
 * @param open is given the URL under which each gateway's webhooks are taken in, its name to be appended
 */
export async function startTenderProcessesWith<Sandbox extends AnySandbox>(
  open: OpenSandbox<Sandbox>,
  options: TenderOptions = {},
): Promise<TenderProcesses<Sandbox>> {
  const { envOf, ...prepared } = await prepareTender(open, options);
  const parts = {
    api: new TenderProcess('api', envOf.api),
    worker: new TenderProcess('worker', envOf.worker),
  };
  return startParts(prepared, parts, options.parts);
}

/**
 * Stops a part, and has a process in its place die as by `kill -9` at `failPoint`, such as `payment.called:kill`. The
 * part is left to be started again.
 *
 * @param lead what has the process come there, once it is ready; without it the process comes there by itself
 */
export async function dieAt(
  part: TenderPart,
  failPoint: string,
  lead?: () => Promise<unknown>,
): Promise<void> {
  await part.stop();
  const process = new TenderProcess(part.name, part.env);
  const env = { TENDER_FAIL_POINTS: failPoint };
  if (lead === undefined) process.launch(env);
  else {
    await process.start(env);
    await lead();
  }
  if ((await process.ended()) !== null) throw new Error(`it was not killed: ${process.output}`);
}

/** One process of Tender, which can be killed and started again. */
export class TenderProcess implements TenderPart {
  readonly name: Part;
  readonly env: Readonly<Record<string, string>>;
  readonly metricsUrl: string;
  /** Everything that it wrote, for tests that look for what must not be there. */
  output = '';
  readonly #readyUrl: string;
  #child: ChildProcess | null = null;

  constructor(name: Part, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.env = env;
    this.metricsUrl = `http://127.0.0.1:${env.PAYMENT_PROMETHEUS_PORT ?? ''}`;
    // The metrics port answers a moment before the API listens.
    this.#readyUrl =
      name === 'api'
        ? `http://127.0.0.1:${env.PAYMENT_PORT ?? ''}/ready`
        : `${this.metricsUrl}/ready`;
  }

  /** Resolves when the process says that it is ready. */
  async start(env: Record<string, string> = {}): Promise<void> {
    this.launch(env);
    await eventually(async () => {
      // An end that nobody asked for is no reason to wait on.
      if (!this.isRunning) return;
      const { ok } = await fetch(this.#readyUrl);
      if (!ok) throw new Error(`${this.name} is not ready`);
    }, START_TIMEOUT_MS);
    if (!this.isRunning) throw new Error(`${this.name} ended: ${this.output}`);
  }

  /** Starts the process and waits for nothing. */
  launch(env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [inject('program'), this.name], {
      cwd: new URL('../..', import.meta.url).pathname,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    // A test run that is killed leaves nothing behind.
    if (child.pid !== undefined) child.once('exit', killWithParent(child.pid));
    child.stdout.on('data', (data: Buffer) => (this.output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (this.output += data.toString()));
    return child;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== null && !hasEnded(this.#child);
  }

  /** Waits for the end of a process that ends by itself, at a fail point for instance; gives its exit code. */
  async ended(): Promise<number | null> {
    if (this.isRunning && this.#child) await once(this.#child, 'exit');
    return this.#child?.exitCode ?? null;
  }

  /** As `kill -9`: nothing is finished, nothing is closed. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As an orchestrator stops it; gives the exit code. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child?.exitCode ?? null;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child) await endProcess(this.#child, signal);
  }

  /** The value of one metric, labels and all as Prometheus writes them; `null` where it is not shown. */
  metric(name: string): Promise<number | null> {
    return readMetric(this.metricsUrl, name);
  }
}
