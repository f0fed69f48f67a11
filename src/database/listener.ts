import { setTimeout as delay } from 'node:timers/promises';
import { connectDirectly } from './direct-connection.ts';

/** How long after a lost connection the next one is tried. */
const RECONNECT_MS = 1_000;

/**
 * Listens to a channel of PostgreSQL on a connection of its own, and opens another one when that is lost.
 *
 * @param url the database itself: LISTEN does not survive a pooler in transaction mode
 * @param wake called at each notification, and at each new connection, as nobody tells what was missed before it
 */
export class Listener {
  readonly #url: string;
  readonly #channel: string;
  readonly #wake: () => void;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(url: string, channel: string, wake: () => void) {
    this.#url = url;
    this.#channel = channel;
    this.#wake = wake;
  }

  /** Begins to listen, if that was not done yet. Does not wait for the connection. */
  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#listen().catch(() => undefined);
      await delay(RECONNECT_MS, null, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Listens until the connection is lost, or nobody wants to listen any more. */
  async #listen(): Promise<void> {
    const { signal } = this.#stopping;
    const client = await connectDirectly(this.#url, 'tender listen');
    const lost = new Promise<void>((resolve) => {
      client.once('end', resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      client.on('notification', this.#wake);
      await client.query(`LISTEN ${client.escapeIdentifier(this.#channel)}`);
      this.#wake();
      if (!signal.aborted) await lost;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
