import { readFile } from 'node:fs/promises';
import { EXIT_INTERNAL, EXIT_UNAVAILABLE, EXIT_USAGE } from '../../config/exit-codes.ts';
import { createSandboxes } from '../../sandbox/registry.ts';
import { Exit } from '../exit.ts';
import { findSandbox } from './sandbox.ts';

/** Where `tender start` has written down what it opened. */
const DEV_ENVIRONMENT = '.tender/dev.env';
const TIMEOUT_MS = 10_000;

/** `tender trigger`: has a sandbox send a signed event, about the newest object that it is about. */
export async function runTriggerCommand(
  gateway: string,
  type: string,
  options: { set?: string[] | undefined; sandboxUrl?: string | undefined },
): Promise<void> {
  const { name, title, port } = findSandbox(createSandboxes(), gateway);
  const url = options.sandboxUrl ?? (await urlWrittenDown(name)) ?? `http://127.0.0.1:${port}`;
  const set = Object.fromEntries((options.set ?? []).map(readAssignment));
  const answer = await send(`${url}/__sandbox/events`, { type, set }, title);
  process.stdout.write(`${title}'s sandbox sends ${answer.type} as ${answer.id}\n`);
}

async function send(
  url: string,
  body: object,
  title: string,
): Promise<{ id: string; type: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    const { cause } = error as { cause?: unknown };
    throw new Exit(
      EXIT_UNAVAILABLE,
      `${title}'s sandbox does not answer at ${url} (${String(cause ?? error)}). Start it: tender start, or tender sandbox.`,
    );
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as { id: string; type: string };
  const code = response.status < 500 ? EXIT_USAGE : EXIT_INTERNAL;
  throw new Exit(code, `${title}'s sandbox refuses: ${errorIn(text)}`);
}

function errorIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : text;
  } catch {
    return text;
  }
}

/** `path=value`, where the value is JSON if it reads as JSON, and text otherwise. */
function readAssignment(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new Exit(EXIT_USAGE, `--set wants path=value, not ${JSON.stringify(text)}.`);
  const [path, value] = [text.slice(0, at), text.slice(at + 1)];
  try {
    return [path, JSON.parse(value)];
  } catch {
    return [path, value];
  }
}

async function urlWrittenDown(name: string): Promise<string | null> {
  const text = await readFile(DEV_ENVIRONMENT, 'utf8').catch(() => '');
  return (
    new RegExp(`^TENDER_SANDBOX_${name.toUpperCase()}_URL=(\\S+)$`, 'm').exec(text)?.[1] ?? null
  );
}
