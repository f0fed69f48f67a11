import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { inject } from 'vitest';
import { createApiKey } from '../../src/admin/api-keys.ts';
import { Database } from '../../src/database/database.ts';
import { startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe/start.ts';
import { killWithParent } from './services/kill-with-parent.ts';
import { createDatabase, type TestDatabase } from './services/postgres.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { inheritedEnvironment } from './inherited-environment.ts';

export interface TenderOptions {
  /** Without it the ready signals go through PostgreSQL alone. */
  redisUrl?: string;
  /** A migrated database that the caller has made; one of its own without it. */
  database?: TestDatabase;
  /** Further settings of both processes, by the names of their variables. */
  env?: Record<string, string>;
  /** Which processes to start; both without it. */
  processes?: readonly ('api' | 'worker')[];
}

/** What tests need of any gateway's sandbox. */
export type AnySandbox = Pick<
  StripeSandbox,
  'url' | 'books' | 'checkBooks' | 'faults' | 'webhooks' | 'advance' | 'close'
>;

/** Opens a sandbox that sends its webhooks below `baseUrl`, and tells the settings with which Tender talks to it. */
export type OpenSandbox<Sandbox> = (
  baseUrl: string,
) => Promise<{ sandbox: Sandbox; settings: Record<string, string> }>;

/** Tender as it runs in production: real processes, against the sandbox, on a database of its own. */
export interface Tender<Sandbox extends AnySandbox = StripeSandbox> {
  apiUrl: string;
  apiKey: string;
  sandbox: Sandbox;
  database: TestDatabase;
  /** The same database, for looking behind the curtain. */
  db: Database;
  api: TenderProcess;
  worker: TenderProcess;
  /** The settings of both processes, for starting further ones beside them. */
  env: Record<string, string>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Waits until nothing is due or under way any more. */
  settled(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface CallOptions {
  body?: unknown;
  /** Without it a new one is made up for each call; `null` sends none. */
  key?: string | null;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; tests look into it as they need. */
  json: any;
}

/** A start takes two seconds, or much longer on a machine that is busy with other things. */
export const START_TIMEOUT_MS = 120_000;

/** What the sandbox and both processes are told of each other. */
export const KEYS = {
  secretKey: 'sk_test_sandbox_opens_nothing_real',
  publishableKey: 'pk_test_sandbox_opens_nothing_real',
  webhookSecret: 'whsec_sandbox_signs_nothing_real',
};

/** Starts Stripe's sandbox, API and worker on free ports. */
export function startTender(options: TenderOptions = {}): Promise<Tender> {
  return startTenderWith(openStripeSandbox, options);
}

/** Opens the sandbox that most tests take their payments through. */
export async function openStripeSandbox(baseUrl: string, port = 0) {
  const { secretKey, publishableKey, webhookSecret } = KEYS;
  const webhook = { url: `${baseUrl}/stripe`, secret: webhookSecret };
  const sandbox = await startStripeSandbox({ port, secretKey, publishableKey, webhook });
  const settings = {
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_PUBLISHABLE_KEY: publishableKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    PAYMENT_STRIPE_API_URL: sandbox.url,
  };
  return { sandbox, settings };
}

/**
 * Starts a gateway's sandbox, API and worker on free ports.
 *
 * @param open is given the URL under which each gateway's webhooks are taken in, its name to be appended
 */
export async function startTenderWith<Sandbox extends AnySandbox>(
  open: OpenSandbox<Sandbox>,
  options: TenderOptions = {},
): Promise<Tender<Sandbox>> {
  const database = options.database ?? (await createDatabase());
  const [apiPort, apiMetrics, workerMetrics] = await freePorts(3);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const { sandbox, settings } = await open(`${apiUrl}/api/v1/payments/webhook`);
  const env = {
    ...inheritedEnvironment(),
    DATABASE_URL: database.runtimeUrl,
    ...settings,
    PAYMENT_GATEWAY_TIMEOUT_SECONDS: '1',
    PAYMENT_GATEWAY_CONNECT_TIMEOUT: '1',
    PAYMENT_LEASE_SECONDS: '3',
    // Most tests break a gateway to see what becomes of one payment; it is to take the next one all the same.
    PAYMENT_GATEWAY_BREAKER_FAILURES: '1000',
    // A busy machine is not to refuse what a test expects to be taken.
    PAYMENT_MAX_EVENT_LOOP_LAG_SECONDS: '60',
    PAYMENT_MAX_DATABASE_WAIT_SECONDS: '60',
    // What a test compares with a gateway it asks for itself.
    PAYMENT_RECONCILIATION_CRON: 'off',
    PAYMENT_PORT: String(apiPort),
    PAYMENT_LOG_LEVEL: 'warn',
    ...(options.redisUrl === undefined ? {} : { PAYMENT_REDIS_URL: options.redisUrl }),
    ...options.env,
  };
  const db = new Database({
    url: database.runtimeUrl,
    poolSize: 2,
    prepare: true,
    applicationName: 'test',
  });
  const { key: apiKey } = await createApiKey(db, { name: 'test', mode: 'test' });
  const api = new TenderProcess('api', { ...env, PAYMENT_PROMETHEUS_PORT: String(apiMetrics) });
  const worker = new TenderProcess('worker', {
    ...env,
    PAYMENT_PROMETHEUS_PORT: String(workerMetrics),
  });
  const started = (options.processes ?? ['api', 'worker']).map((name) =>
    (name === 'api' ? api : worker).start(),
  );
  try {
    await Promise.all(started);
  } catch (error) {
    await Promise.all([api.kill(), worker.kill()]);
    throw error;
  }
  return {
    apiUrl,
    apiKey,
    sandbox,
    database,
    db,
    api,
    worker,
    env,
    call: (method, path, call = {}) => request(apiUrl, apiKey, method, path, call),
    settled: (timeoutMs = 30_000) => settled(db, sandbox, timeoutMs),
    async close() {
      await Promise.all([api.stop(), worker.stop()]);
      await sandbox.close();
      await db.close();
      await database.drop();
    },
  };
}

/** One process of Tender, which can be killed and started again. */
export class TenderProcess {
  readonly metricsUrl: string;
  /** Everything that it wrote, for tests that look for what must not be there. */
  output = '';
  readonly #command: 'api' | 'worker';
  readonly #env: Record<string, string>;
  readonly #readyUrl: string;
  #child: ChildProcess | null = null;

  constructor(command: 'api' | 'worker', env: Record<string, string>) {
    this.#command = command;
    this.#env = env;
    this.metricsUrl = `http://127.0.0.1:${env.PAYMENT_PROMETHEUS_PORT ?? ''}`;
    // The metrics port answers a moment before the API listens.
    this.#readyUrl =
      command === 'api'
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
      if (!ok) throw new Error(`${this.#command} is not ready`);
    }, START_TIMEOUT_MS);
    if (!this.isRunning) throw new Error(`${this.#command} ended: ${this.output}`);
  }

  /** Starts the process and waits for nothing. */
  launch(env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [inject('program'), this.#command], {
      cwd: new URL('../..', import.meta.url).pathname,
      env: { ...this.#env, ...env },
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
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
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
    if (!this.isRunning || !this.#child) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  /** The value of one metric, labels and all as Prometheus writes them; `null` where it is not shown. */
  async metric(name: string): Promise<number | null> {
    const text = await (await fetch(`${this.metricsUrl}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? null : Number(line.slice(name.length + 1));
  }
}

async function request(
  apiUrl: string,
  apiKey: string,
  method: string,
  path: string,
  { body, key, headers }: CallOptions,
): Promise<Answer> {
  const idempotencyKey = key === undefined ? crypto.randomUUID() : key;
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' || idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : null,
  };
}

async function settled(db: Database, sandbox: AnySandbox, timeoutMs: number): Promise<void> {
  await sandbox.webhooks.idle();
  await eventually(async () => {
    const [row] = await db.sql<{ open: number }[]>`
      SELECT (SELECT count(*) FROM webhook_receipts WHERE due_at IS NOT NULL AND state <> 'parked')::int
           + (SELECT count(*) FROM payment_attempts WHERE outcome IS NULL OR outcome = 'unknown')::int
           + (SELECT count(*) FROM payments WHERE awaits_completion)::int
           + (SELECT count(*) FROM refunds WHERE unknown OR (status = 'pending' AND gateway_refund_id IS NULL))::int
             AS open`;
    if (row?.open !== 0) throw new Error(`${row?.open} things are still open`);
  }, timeoutMs);
}
