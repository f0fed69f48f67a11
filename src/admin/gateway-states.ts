import type { StoredGatewayState } from '../database/gateway-states.ts';
import { UNTOUCHED, type GatewayState, type GatewayStateOf } from '../domain/gateway-config.ts';

/** What operators have said of the gateways, as this process knows it. */
export interface GatewayStates {
  /** Reads what operators have said, again and again, until it is closed. */
  start(): void;
  /** Whether there is an answer to ask for: before the first reading nobody knows. */
  isLoaded(): boolean;
  /** As it was last read; true of gateways of which nothing was said, or read. */
  isEnabled(gateway: string): boolean;
  /**
   * As it was last read, at once; where nothing was read yet it is read now.
   *
   * @throws where it has to be read and the database cannot be reached: a gateway that was switched off must not take
   *   payments because nobody could look
   */
  current(): Promise<GatewayStateOf>;
  /** Reads once more: for the process that has just changed something. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

export interface GatewayStatesOptions {
  read: () => Promise<ReadonlyMap<string, Pick<StoredGatewayState, 'enabled' | 'config'>>>;
  /** Told of a reading that failed; what was read before goes on to hold. */
  onError: (error: unknown) => void;
  /** From the end of a reading to the next. */
  intervalMs?: number;
}

/** Half of the second within which a change is to reach every process, so that a slow reading has the other half. */
const INTERVAL_MS = 500;

/** Keeps what operators have said in memory, so that a payment asks nobody for it. */
export function createGatewayStates({
  read,
  onError,
  intervalMs = INTERVAL_MS,
}: GatewayStatesOptions): GatewayStates {
  let known: ReadonlyMap<string, GatewayState> | null = null;
  let reading: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  /** One reading after the other, so that an older one never has the last word. */
  const load = () => {
    const next = reading.then(async () => {
      known = await read();
    });
    reading = next.catch(() => undefined);
    return next;
  };
  const refresh = async () => {
    await load().catch((error: unknown) => {
      if (!closed) onError(error);
    });
  };
  const stateOf: GatewayStateOf = (gateway) => known?.get(gateway) ?? UNTOUCHED;
  const poll = async () => {
    await refresh();
    if (closed) return;
    timer = setTimeout(() => void poll(), intervalMs);
    timer.unref();
  };

  return {
    start: () => void poll(),
    isLoaded: () => known !== null,
    isEnabled: (gateway) => stateOf(gateway).enabled,
    async current() {
      if (known === null) await load();
      return stateOf;
    },
    refresh,
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
