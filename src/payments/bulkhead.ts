import type { OverloadReason } from '../overloaded.ts';
import { reject, type Rejection } from './result.ts';

/**
 * Keeps a slow gateway from taking what the others need: so many requests of this process may be at one gateway at
 * once, and one more is refused before anything of it is written down.
 */
export interface Bulkhead {
  /** Whether one more would be let in now. */
  hasRoom(gateway: string): boolean;
  /** Does the work while it holds one of the gateway's places; refuses it, not begun, where none is free. */
  within<T>(gateway: string, work: () => Promise<T>): Promise<T | Rejection>;
}

/** @param placesPerGateway how many requests may be at one gateway at once */
export function createBulkhead(placesPerGateway: number): Bulkhead {
  const taken = new Map<string, number>();
  const takenAt = (gateway: string) => taken.get(gateway) ?? 0;
  const hasRoom = (gateway: string) => takenAt(gateway) < placesPerGateway;
  return {
    hasRoom,
    async within(gateway, work) {
      if (!hasRoom(gateway)) return noRoomAt(gateway);
      taken.set(gateway, takenAt(gateway) + 1);
      try {
        return await work();
      } finally {
        taken.set(gateway, takenAt(gateway) - 1);
      }
    },
  };
}

/** Lets everything in: for the worker, which limits itself and whose work ends what is under way. */
export const OPEN_BULKHEAD: Bulkhead = {
  hasRoom: () => true,
  within: (_gateway, work) => work(),
};

/** The gateway has as many requests as it may have at once. */
export function noRoomAt(gateway: string): Rejection {
  return {
    ...reject(
      'overloaded',
      `As many requests as may be are at ${gateway} already. Nothing was charged: repeat the request with the same Idempotency-Key after the time that Retry-After says.`,
    ),
    extensions: { reason: 'gateway_calls' satisfies OverloadReason, gateway },
  };
}
