import { z } from 'zod';
import { settlementFault } from './settlement-faults.ts';

const when = z.enum(['before', 'after']).default('before');
const ms = z.int().min(0).max(3_600_000);
const times = z.int().min(1).max(1_000_000);

/**
 * What goes wrong with a request. `before` spoils it with nothing done; `after` does the work,
 * stores the answer under its idempotency key, and then spoils the way back.
 */
const requestFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), ms, when }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    when,
  }),
  z.strictObject({ kind: z.literal('drop'), when }),
  z.strictObject({ kind: z.literal('stall'), when }),
  z.strictObject({ kind: z.literal('malformed'), when }),
]);

/** What goes wrong with the delivery of a webhook. `duplicate` sends `times` further copies. */
const webhookFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('duplicate'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('delay'), ms }),
  z.strictObject({ kind: z.literal('reorder'), windowMs: ms.default(250) }),
  z.strictObject({ kind: z.literal('withhold') }),
]);

/**
 * Which requests a fault meets. `path` is a prefix; a trailing `$` makes it exact, and `*` stands
 * for one segment of a path that is then matched as a whole.
 */
const requestMatch = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  path: z.string().min(1).max(500).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  times: times.optional(),
});

const webhookMatch = z.strictObject({
  type: z.string().min(1).max(200).optional(),
  times: times.optional(),
});

/** Whose settlement record: the gateway's id of a payment, a charge, a refund, a dispute or a payout. */
const settlementMatch = z.strictObject({ source: z.string().min(1).max(300) });

/** The body of `POST /__sandbox/faults`; without `times` a rule holds until it is removed. */
export function faultRuleSchema(behaviours: readonly string[]) {
  return z.union(
    [
      z.strictObject({
        match: requestMatch.default({}),
        fault: requestFault,
        times: times.optional(),
      }),
      z.strictObject({
        match: webhookMatch.default({}),
        webhook: webhookFault,
        times: times.optional(),
      }),
      z.strictObject({ behaviour: z.enum(behaviours), times: times.optional() }),
      z.strictObject({ match: settlementMatch, settlement: settlementFault }),
    ],
    'neither {match?, fault, times?} nor {match?, webhook, times?} nor {behaviour, times?} nor {match: {source}, settlement}',
  );
}

export type RequestFault = z.output<typeof requestFault>;
export type WebhookFault = z.output<typeof webhookFault>;
export type FaultRule = z.output<ReturnType<typeof faultRuleSchema>>;
/** The same before the defaults are filled in, as a caller in this process writes it. */
export type FaultRuleInput = z.input<ReturnType<typeof faultRuleSchema>>;

/** Compiles the `path` of a match into a test of request paths. */
export function compilePath(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true;
  if (pattern.includes('*')) {
    const source = pattern
      .replace(/\$$/, '')
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('[^/]+');
    const expression = new RegExp(`^${source}$`);
    return (path) => expression.test(path);
  }
  if (pattern.endsWith('$')) {
    const exact = pattern.slice(0, -1);
    return (path) => path === exact;
  }
  return (path) => path.startsWith(pattern);
}
