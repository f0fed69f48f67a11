import type { FaultRuleInput } from '../../../src/sandbox/fault-rules.ts';
import type { Random } from '../random.ts';
import { GATEWAY_NAMES, type GatewayName } from '../world/names.ts';
import { last, type Fault } from './fault.ts';

type Timing = Pick<Fault, 'atMs' | 'lastsMs'>;
type RequestFault = Extract<FaultRuleInput, { fault: unknown }>['fault'];

/** Where each gateway's requests begin that move money. */
const MONEY_PATHS: Record<GatewayName, readonly string[]> = {
  stripe: ['/v1/payment_intents', '/v1/refunds'],
  square: ['/v2/payments', '/v2/refunds'],
  paypal: ['/v2/checkout/orders', '/v2/payments'],
};

/** A gateway does the work, or not, and answers wrongly, late or never. */
export function gatewayFails(random: Random, timing: Timing): Fault {
  const gateway = random.pick(GATEWAY_NAMES);
  const fault = drawRequestFault(random);
  const times = random.between(1, 5);
  const method = random.chance(0.8) ? { method: 'POST' as const } : {};
  const path = random.pick(MONEY_PATHS[gateway]);
  const rule: FaultRuleInput = { match: { ...method, path }, fault, times };
  const what = fault.kind === 'status' ? `status ${fault.status}` : fault.kind;
  return {
    ...timing,
    title: `${gateway}: ${what} ${fault.when ?? 'before'} the work, ${times} times at ${path}`,
    strike: ({ sandboxes }) => sandboxes.addFault(gateway, rule),
  };
}

function drawRequestFault(random: Random): RequestFault {
  const when = random.pick(['before', 'after'] as const);
  const html = '<html><body><h1>502 Bad Gateway</h1></body></html>';
  return random.weighted<RequestFault>([
    [5, { kind: 'drop', when }],
    [3, { kind: 'stall', when }],
    // So that a webhook comes before the answer, or the answer after our patience.
    [3, { kind: 'delay', when: 'after', ms: random.pick([300, 700, 1_300, 3_500]) }],
    [2, { kind: 'status', when, status: 500 }],
    [1, { kind: 'status', when: 'before', status: 429, headers: { 'retry-after': '1' } }],
    [
      1,
      { kind: 'status', when, status: 502, body: html, headers: { 'content-type': 'text/html' } },
    ],
    [1, { kind: 'status', when, status: 503 }],
    [2, { kind: 'malformed', when }],
  ]);
}

/** How each gateway is asked for a refund. */
const REFUND_PATHS: Record<GatewayName, string> = {
  stripe: '/v1/refunds$',
  square: '/v2/refunds$',
  paypal: '/v2/payments/captures/*/refund',
};

/** No gateway says of refunds in time whether it makes them, in its answers or by webhooks. */
export function refundAnswersLost(random: Random, timing: Timing): Fault {
  const times = random.between(2, 4);
  const fault = random.pick<RequestFault>([
    { kind: 'drop', when: 'after' },
    { kind: 'stall', when: 'after' },
    { kind: 'delay', when: 'after', ms: 1_300 },
    { kind: 'status', when: 'after', status: 500 },
    // Nobody can tell this from one that was made.
    { kind: 'drop', when: 'before' },
  ]);
  return {
    ...timing,
    title: `everywhere: ${fault.kind} ${fault.when} the work, at the first ${times} refunds, and webhooks late`,
    async strike({ sandboxes }) {
      for (const gateway of GATEWAY_NAMES) {
        const path = REFUND_PATHS[gateway];
        await sandboxes.addFault(gateway, { match: { method: 'POST', path }, fault, times });
        // A webhook that is faster than the first question would answer it.
        await sandboxes.addFault(gateway, { webhook: { kind: 'delay', ms: 3_000 }, times: 30 });
      }
    },
  };
}

/** Every gateway does what it is asked for and takes its time to say so, now and then longer than anybody waits. */
export function gatewaysSlow(random: Random, timing: Timing): Fault {
  const ms = random.pick([400, 800, 1_300]);
  const times = random.between(5, 15);
  return {
    ...timing,
    title: `everywhere: answers ${ms} ms late, ${times} of each gateway`,
    async strike({ sandboxes }) {
      const fault = { kind: 'delay', when: 'after', ms } as const;
      for (const gateway of GATEWAY_NAMES) {
        await sandboxes.addFault(gateway, { match: { method: 'POST' }, fault, times });
      }
    },
  };
}

/** No gateway can be asked what it has, though all of them work. */
export function gatewaysUnreadable(random: Random, timing: Timing): Fault {
  const fault = random.pick<RequestFault>([{ kind: 'drop' }, { kind: 'status', status: 503 }]);
  const times = random.between(2, 8);
  return {
    ...timing,
    title: `everywhere: ${fault.kind} at the first ${times} questions`,
    async strike({ sandboxes }) {
      for (const gateway of GATEWAY_NAMES) {
        await sandboxes.addFault(gateway, { match: { method: 'GET' }, fault, times });
      }
    },
  };
}

/** Webhooks come after the application has tried again, so that they tell nobody of it. */
export function webhooksLate(_random: Random, timing: Timing): Fault {
  return {
    ...timing,
    title: 'everywhere: webhooks 3000 ms late, 30 of each gateway',
    async strike({ sandboxes }) {
      for (const gateway of GATEWAY_NAMES) {
        await sandboxes.addFault(gateway, { webhook: { kind: 'delay', ms: 3_000 }, times: 30 });
      }
    },
  };
}

/** A gateway's webhooks come several times, late, in another order, or all at the end. */
export function webhooksOdd(random: Random, timing: Timing): Fault {
  const gateway = random.pick(GATEWAY_NAMES);
  const webhook = random.weighted<Extract<FaultRuleInput, { webhook: unknown }>['webhook']>([
    [4, { kind: 'duplicate', times: random.between(1, 5) }],
    [2, { kind: 'delay', ms: random.between(200, 3_000) }],
    [3, { kind: 'reorder', windowMs: random.between(200, 1_500) }],
    [2, { kind: 'withhold' }],
  ]);
  const times = random.between(3, 20);
  return {
    ...timing,
    title: `${gateway}: webhooks ${webhook.kind}, ${times} of them`,
    async strike({ sandboxes }, over) {
      await sandboxes.addFault(gateway, { webhook, times });
      await last(timing.lastsMs, over);
    },
  };
}
