import { createApiKey } from '../../src/admin/api-keys.ts';
import { Database } from '../../src/database/database.ts';
import { startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe/start.ts';
import { createDatabase, type TestDatabase } from './services/postgres.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { inheritedEnvironment } from './inherited-environment.ts';
import { LocalPart, type Part, type TenderPart } from './tender-part.ts';

export interface TenderOptions {
  /** Without it the ready signals go through PostgreSQL alone. */
  redisUrl?: string;
  /** A migrated database that the caller has made; one of its own without it. */
  database?: TestDatabase;
  /** Further settings of both processes, by the names of their variables. */
  env?: Record<string, string>;
  /** What to start; both without it. */
  parts?: readonly Part[];
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

/** Tender against the sandbox, on a database of its own. */
export interface Tender<
  Sandbox extends AnySandbox = StripeSandbox,
> extends PreparedTender<Sandbox> {
  api: TenderPart;
  worker: TenderPart;
}

/** What tests have beside the two parts. */
export interface PreparedTender<Sandbox extends AnySandbox = StripeSandbox> {
  apiUrl: string;
  apiKey: string;
  sandbox: Sandbox;
  database: TestDatabase;
  /** The same database, for looking behind the curtain. */
  db: Database;
  /** The settings of both parts, for starting processes beside them. */
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

/** What the sandbox and both processes are told of each other. */
export const KEYS = {
  secretKey: 'sk_test_sandbox_opens_nothing_real',
  publishableKey: 'pk_test_sandbox_opens_nothing_real',
  webhookSecret: 'whsec_sandbox_signs_nothing_real',
};

/** Starts Stripe's sandbox, and API and worker in this very process, which is how most tests need them. */
export function startTender(options: TenderOptions = {}): Promise<Tender> {
  return startTenderWith(openStripeSandbox, options);
}

/**
 * Starts a gateway's sandbox, and API and worker in this very process.
 *
 * @param open is given the URL under which each gateway's webhooks are taken in, its name to be appended
 */
export async function startTenderWith<Sandbox extends AnySandbox>(
  open: OpenSandbox<Sandbox>,
  options: TenderOptions = {},
): Promise<Tender<Sandbox>> {
  const { envOf, ...prepared } = await prepareTender(open, options);
  const parts = {
    api: new LocalPart('api', envOf.api),
    worker: new LocalPart('worker', envOf.worker),
  };
  return startParts(prepared, parts, options.parts);
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

/** Makes a database, opens the sandbox, finds free ports, and tells the settings of each part. */
export async function prepareTender<Sandbox extends AnySandbox>(
  open: OpenSandbox<Sandbox>,
  options: TenderOptions,
): Promise<PreparedTender<Sandbox> & { envOf: Record<Part, Record<string, string>> }> {
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
  return {
    apiUrl,
    apiKey,
    sandbox,
    database,
    db,
    env,
    envOf: {
      api: { ...env, PAYMENT_PROMETHEUS_PORT: String(apiMetrics) },
      worker: { ...env, PAYMENT_PROMETHEUS_PORT: String(workerMetrics) },
    },
    call: (method, path, call = {}) => request(apiUrl, apiKey, method, path, call),
    settled: (timeoutMs = 30_000) => settled(db, sandbox, timeoutMs),
    async close() {
      await sandbox.close();
      await db.close();
    },
  };
}

/** Starts the parts side by side; where one does not start, the others are stopped again. */
export async function startParts<
  Sandbox extends AnySandbox,
  Startable extends { start: () => Promise<void>; stop: () => Promise<unknown> },
>(
  prepared: PreparedTender<Sandbox>,
  parts: Record<Part, Startable>,
  wanted: readonly Part[] = ['api', 'worker'],
): Promise<PreparedTender<Sandbox> & Record<Part, Startable>> {
  const begun = await Promise.allSettled(wanted.map((name) => parts[name].start()));
  const close = async () => {
    await Promise.all([parts.api.stop(), parts.worker.stop()]);
    await prepared.close();
  };
  const failed = begun.find(({ status }) => status === 'rejected');
  if (failed === undefined) return { ...prepared, ...parts, close };
  await close();
  throw (failed as PromiseRejectedResult).reason;
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
