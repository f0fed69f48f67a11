import { EXIT_CANNOT_LISTEN, EXIT_USAGE } from '../../config/exit-codes.ts';
import { createLogger } from '../../observability/logger.ts';
import { createSandboxes, type RunningSandbox, type SandboxKind } from '../../sandbox/registry.ts';
import { Exit } from '../exit.ts';
import { readSettings } from '../read-settings.ts';
import { untilStopped } from '../until-stopped.ts';
import { readVersion } from '../version.ts';

/** Finds the sandbox of a gateway; without a name the first. */
export function findSandbox(sandboxes: readonly SandboxKind[], name?: string): SandboxKind {
  const found = name === undefined ? sandboxes[0] : sandboxes.find((each) => each.name === name);
  if (found) return found;
  const names = sandboxes.map((each) => each.name).join(', ');
  throw new Exit(EXIT_USAGE, `There is no sandbox for ${JSON.stringify(name)}; there is ${names}.`);
}

/** Starts a sandbox, with webhooks to `webhookUrl` if there is one. */
export async function startSandbox(
  kind: SandboxKind,
  options: { port: number; webhookUrl: string | null },
): Promise<RunningSandbox> {
  try {
    return await kind.start(options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    throw new Exit(
      EXIT_CANNOT_LISTEN,
      `Cannot listen on port ${options.port}, which the sandbox of ${kind.title} needs: another process has it. ` +
        'Give the sandbox another one: --sandbox-port with tender start, --port with tender sandbox.',
    );
  }
}

/** `tender sandbox`: a look-alike of a gateway, until it is told to stop. */
export async function runSandboxCommand(
  gateway: string | undefined,
  options: { port?: number | undefined; webhookUrl?: string | undefined },
): Promise<void> {
  const kind = findSandbox(createSandboxes(), gateway);
  const settings = readSettings('sandbox');
  const log = createLogger({
    level: settings.log.level,
    service: 'tender-sandbox',
    version: readVersion(),
  });
  const sandbox = await startSandbox(kind, {
    port: options.port ?? kind.port,
    webhookUrl: options.webhookUrl ?? null,
  });
  log.info({ 'url.full': sandbox.url }, `${kind.title}'s sandbox listens on ${sandbox.url}`);
  untilStopped(log, settings.shutdown.timeoutMs, () => sandbox.close());
}
