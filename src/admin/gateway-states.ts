import type { StoredGatewayState } from '../database/gateway-states.ts';
import { UNTOUCHED, type GatewayState, type GatewayStateOf } from '../domain/gateway-config.ts';
import { createPolled, type Polled, type PolledOptions } from './polled.ts';

type States = ReadonlyMap<string, Pick<StoredGatewayState, 'enabled' | 'config'>>;

/** What operators have said of the gateways, as this process knows it. */
export interface GatewayStates extends Pick<Polled<States>, 'start' | 'refresh' | 'close'> {
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
}

/** Keeps what operators have said in memory, so that a payment asks nobody for it. */
export function createGatewayStates(options: PolledOptions<States>): GatewayStates {
  const polled = createPolled(options);
  const stateOf =
    (states: States | null): GatewayStateOf =>
    (gateway): GatewayState =>
      states?.get(gateway) ?? UNTOUCHED;
  return {
    start: () => polled.start(),
    refresh: () => polled.refresh(),
    close: () => polled.close(),
    isLoaded: () => polled.known() !== null,
    isEnabled: (gateway) => stateOf(polled.known())(gateway).enabled,
    current: async () => stateOf(await polled.current()),
  };
}
