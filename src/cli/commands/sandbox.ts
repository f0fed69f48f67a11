import { EXIT_CANNOT_LISTEN } from '../../config/exit-codes.ts';
import { createLogger } from '../../observability/logger.ts';
import { startStripeSandbox, type StripeSandbox } from '../../sandbox/stripe/start.ts';
import { Exit } from '../exit.ts';
import { readSettings } from '../read-settings.ts';
import { untilStopped } from '../until-stopped.ts';
import { readVersion } from '../version.ts';

/** Keys that open a sandbox and nothing else. */
export const SANDBOX_KEYS = {
  secretKey: 'sk_test_sandbox_opens_nothing_real',
  publishableKey: 'pk_test_sandbox_opens_nothing_real',
  webhookSecret: 'whsec_sandbox_signs_nothing_real',
} as const;

/** Starts Stripe's sandbox, with webhooks to `webhookUrl` if there is one. */
export async function startSandbox({
  port,
  webhookUrl,
}: {
  port: number;
  webhookUrl: string | null;
}): Promise<StripeSandbox> {
  const { secretKey, publishableKey, webhookSecret } = SANDBOX_KEYS;
  try {
    return await startStripeSandbox({
      port,
      secretKey,
      publishableKey,
      ...(webhookUrl === null ? {} : { webhook: { url: webhookUrl, secret: webhookSecret } }),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    throw new Exit(
      EXIT_CANNOT_LISTEN,
      `Cannot listen on port ${port}, which the sandbox needs: another process has it. ` +
        'Give the sandbox another one: --sandbox-port with tender start, --port with tender sandbox.',
    );
  }
}

/** `tender sandbox`: a look-alike of the gateway, until it is told to stop. */
export async function runSandboxCommand(options: {
  port: number;
  webhookUrl?: string | undefined;
}): Promise<void> {
  const settings = readSettings('sandbox');
  const log = createLogger({
    level: settings.log.level,
    service: 'tender-sandbox',
    version: readVersion(),
  });
  const sandbox = await startSandbox({
    port: options.port,
    webhookUrl: options.webhookUrl ?? null,
  });
  log.info({ 'url.full': sandbox.url }, `Stripe's sandbox listens on ${sandbox.url}`);
  untilStopped(log, settings.shutdown.timeoutMs, () => sandbox.close());
}
