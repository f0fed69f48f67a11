import { z } from 'zod';
import type { Refused } from './control.ts';

/** Which payment is to be disputed, for how much (in minor units) and why. */
export type DisputeRequest = {
  payment: string | undefined;
  amount: bigint | undefined;
  reason: string | undefined;
};

/** Which event is to be sent, and what of its body is to be other than it would be. */
export type EventRequest = { type: string; set: Record<string, unknown> };

const disputeRequest = z.strictObject({
  payment: z.string().min(1).max(300).optional(),
  amount: z.int().min(1).transform(BigInt).optional(),
  reason: z.string().min(1).max(100).optional(),
});

const eventRequest = z.strictObject({
  type: z.string().min(1).max(200),
  set: z.record(z.string().min(1).max(500), z.unknown()).default({}),
});

/** Reads the body of `POST /__sandbox/disputes`; all of it may be left out. */
export function readDisputeRequest(body: unknown): DisputeRequest | Refused {
  const parsed = disputeRequest.safeParse(body ?? {});
  if (!parsed.success) return { refused: z.prettifyError(parsed.error) };
  const { payment, amount, reason } = parsed.data;
  return { payment, amount, reason };
}

/** Reads the body of `POST /__sandbox/events`. */
export function readEventRequest(body: unknown): EventRequest | Refused {
  const parsed = eventRequest.safeParse(body);
  return parsed.success ? parsed.data : { refused: z.prettifyError(parsed.error) };
}

/**
 * Puts values into `body` by their dotted paths, such as `data.object.status` or `items.0.id`; what
 * is missing on the way is made. A path that leads through something that holds nothing throws no
 * error: it replaces it.
 */
export function setPaths(body: object, set: Record<string, unknown>): void {
  for (const [path, value] of Object.entries(set)) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let holder = body as Record<string, unknown>;
    for (const name of names) {
      const inner = Object.hasOwn(holder, name) ? holder[name] : undefined;
      const next = typeof inner === 'object' && inner !== null ? inner : {};
      define(holder, name, next);
      holder = next as Record<string, unknown>;
    }
    define(holder, last, value);
  }
}

/** Unlike an assignment, this makes `__proto__` an ordinary name. */
function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
