import { startApi } from '../../src/cli/commands/api.ts';
import { startWorker } from '../../src/cli/commands/worker.ts';
import { readSettings } from '../../src/cli/read-settings.ts';

/** What Tender consists of. */
export type Part = 'api' | 'worker';

/** The API or the worker, wherever it runs. */
export interface TenderPart {
  readonly name: Part;
  /** The settings with which it is started. */
  readonly env: Readonly<Record<string, string>>;
  readonly metricsUrl: string;
  /** Everything that it has logged. */
  output: string;
  readonly isRunning: boolean;
  /** Resolves when it runs, with settings that are laid over its own. */
  start(env?: Record<string, string>): Promise<void>;
  /** Finishes what is under way; nothing where it does not run. */
  stop(): Promise<unknown>;
  /** The value of one metric, labels and all as Prometheus writes them; `null` where it is not shown. */
  metric(name: string): Promise<number | null>;
}

const START = { api: startApi, worker: startWorker };

/** One in the tests' own process, which is how most tests need them. */
export class LocalPart implements TenderPart {
  readonly name: Part;
  readonly env: Readonly<Record<string, string>>;
  readonly metricsUrl: string;
  output = '';
  #running: { stop: () => Promise<void> } | null = null;

  constructor(name: Part, env: Record<string, string>) {
    this.name = name;
    this.env = env;
    this.metricsUrl = `http://127.0.0.1:${env.PAYMENT_PROMETHEUS_PORT ?? ''}`;
  }

  async start(env: Record<string, string> = {}): Promise<void> {
    const settings = readSettings(this.name, { ...this.env, ...env });
    const logTo = { write: (line: string) => void (this.output += line) };
    this.#running = await START[this.name](settings, logTo);
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.stop();
  }

  metric(name: string): Promise<number | null> {
    return readMetric(this.metricsUrl, name);
  }
}

/** The value of one metric of the process that shows its metrics below this URL. */
export async function readMetric(metricsUrl: string, name: string): Promise<number | null> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}
