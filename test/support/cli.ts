import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inject } from 'vitest';
import { eventually } from './eventually.ts';
import { inheritedEnvironment } from './inherited-environment.ts';

/** The program as it is installed. */
export const INSTALLED = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

export interface CommandOptions {
  env?: Record<string, string>;
  /** Where the command runs; the system's temporary folder without it, so that no `.env` file is found. */
  cwd?: string;
  /** What Node.js runs: the program that all processes of a test run share, unless it is to be `INSTALLED`. */
  program?: string;
}

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a `tender` command to its end, in an environment that holds nothing else than `env`. */
export async function runCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const command = new RunningCommand(args, options);
  await command.ended();
  const { code, stdout, stderr } = command;
  return { code, stdout, stderr };
}

/** A `tender` command that goes on until it is told to stop. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(args: readonly string[], options: CommandOptions = {}) {
    const { env = {}, cwd = '/tmp', program = inject('program') } = options;
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { ...inheritedEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (data: Buffer) => (this.stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.child = child;
    this.#ended = once(child, 'close');
  }

  get code(): number | null {
    return this.child.exitCode;
  }

  /** Waits until the command has said something, and fails at once where it ends without. */
  async says(text: string, timeoutMs = 60_000): Promise<void> {
    const said = eventually(() => {
      if (this.stdout.includes(text)) return;
      throw new Error(`"${text}" was not said in time`);
    }, timeoutMs);
    await Promise.race([said, this.#ended]);
    if (this.stdout.includes(text)) return;
    throw new Error(`"${text}" was not said, but: ${this.stdout}${this.stderr}`);
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.ended();
  }
}
