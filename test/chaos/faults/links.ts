import type { Random } from '../random.ts';
import { API_NAMES, GATEWAY_NAMES, PROCESS_NAMES } from '../world/names.ts';
import type { FaultProxy, LinkFault } from '../../support/fault-proxy.ts';
import type { Links } from '../world/world.ts';
import { last, type Fault } from './fault.ts';

type Timing = Pick<Fault, 'atMs' | 'lastsMs'>;
interface Way {
  title: string;
  find: (links: Links) => FaultProxy;
}

/** A way between two processes goes wrong. */
export function linkBroken(random: Random, timing: Timing): Fault {
  const way = drawWay(random);
  const fault = drawLinkFault(random);
  return {
    ...timing,
    title: `${describe(fault)} ${way.title}`,
    async strike({ links }, over) {
      const link = way.find(links);
      link.break(fault);
      await last(timing.lastsMs, over);
      link.heal();
    },
  };
}

/** No API reaches the database, though both can be reached themselves. */
export function databaseCutOff(_random: Random, timing: Timing): Fault {
  return {
    ...timing,
    title: 'no way between the APIs and PostgreSQL',
    async strike({ links }, over) {
      for (const name of API_NAMES) links.postgres[name].break({ kind: 'cut' });
      await last(timing.lastsMs, over);
      for (const name of API_NAMES) links.postgres[name].heal();
    },
  };
}

function drawWay(random: Random): Way {
  const process = random.pick(PROCESS_NAMES);
  const gateway = random.pick(GATEWAY_NAMES);
  const api = random.pick(API_NAMES);
  return random.weighted<Way>([
    [3, { title: `between ${process} and PostgreSQL`, find: ({ postgres }) => postgres[process] }],
    [1, { title: `between ${process} and Redis`, find: ({ redis }) => redis[process] }],
    [4, { title: `between Tender and ${gateway}`, find: (links) => links.gateway[gateway] }],
    [
      2,
      { title: `between ${gateway} and the webhook door`, find: ({ webhook }) => webhook[gateway] },
    ],
    [2, { title: `between the application and ${api}`, find: ({ client }) => client[api] }],
  ]);
}

function drawLinkFault(random: Random): LinkFault {
  return random.weighted<LinkFault>([
    [2, { kind: 'latency', ms: random.between(50, 700) }],
    [2, { kind: 'loss', probability: 0.1 + random.next() * 0.3 }],
    [2, { kind: 'cut' }],
    [1, { kind: 'refuse' }],
    [2, { kind: 'black_hole' }],
    [3, { kind: 'half_open' }],
  ]);
}

function describe(fault: LinkFault): string {
  switch (fault.kind) {
    case 'latency':
      return `latency of ${fault.ms} ms`;
    case 'loss':
      return `loss of ${Math.round(fault.probability * 100)} %`;
    case 'cut':
    case 'refuse':
      return fault.kind;
    case 'black_hole':
      return 'black hole';
    case 'half_open':
      return 'half-open';
  }
}
