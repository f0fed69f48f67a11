import { SANDBOX_KEYS } from '../src/sandbox/credentials.ts';
import { freePort, startTender, type ChildProgram } from './child.ts';
import { POOL_SIZE, type BenchDatabase } from './ground.ts';

export interface RunningServer extends ChildProgram {
  url: string;
}

/** `tender api` as it runs in production, with logging at `warn`. */
export async function startApi(
  database: BenchDatabase,
  gatewayUrl: string,
): Promise<RunningServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...apiEnvironment(database, gatewayUrl),
    PAYMENT_PORT: String(port),
    PAYMENT_PROMETHEUS_PORT: String(await freePort()),
  };
  const child = await startTender(['api'], env, `${url}/ready`);
  return { ...child, url };
}

/** `tender worker`, which can be made to sleep. */
export async function startWorker(
  database: BenchDatabase,
  gatewayUrl: string,
): Promise<ChildProgram & { pause(): void; resume(): void }> {
  const port = await freePort();
  const env = {
    ...apiEnvironment(database, gatewayUrl),
    PAYMENT_PROMETHEUS_PORT: String(port),
  };
  const child = await startTender(['worker'], env, `http://127.0.0.1:${port}/ready`);
  const resume = () => void process.kill(child.pid, 'SIGCONT');
  return {
    pid: child.pid,
    pause: () => void process.kill(child.pid, 'SIGSTOP'),
    resume,
    async stop() {
      // Asleep it would not hear that it is to end.
      resume();
      await child.stop();
    },
  };
}

/** The settings of `tender api` and `tender worker` beside their ports. */
export function apiEnvironment({ url }: BenchDatabase, gatewayUrl: string): Record<string, string> {
  return {
    DATABASE_URL: url,
    PAYMENT_DATABASE_POOL_SIZE: String(POOL_SIZE),
    STRIPE_SECRET_KEY: SANDBOX_KEYS.secretKey,
    STRIPE_PUBLISHABLE_KEY: SANDBOX_KEYS.publishableKey,
    STRIPE_WEBHOOK_SECRET: SANDBOX_KEYS.webhookSecret,
    PAYMENT_STRIPE_API_URL: gatewayUrl,
    // Counted as ever, but more than can be measured.
    PAYMENT_RATE_LIMIT_PER_CALLER: '10000000',
    PAYMENT_RATE_LIMIT_PER_ADDRESS: '10000000',
    PAYMENT_LOG_LEVEL: 'warn',
  };
}

/** `tender sandbox` without webhooks. */
export async function startSandbox(): Promise<RunningServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await startTender(
    ['sandbox', '--port', String(port)],
    {},
    `${url}/__sandbox/books`,
  );
  return { ...child, url };
}
