import { connect } from 'node:net';
import type { Random } from '../random.ts';
import { PROCESS_NAMES } from '../world/names.ts';
import type { World } from '../world/world.ts';
import { last, type Fault } from './fault.ts';

type Timing = Pick<Fault, 'atMs' | 'lastsMs'>;

/** PostgreSQL dies and recovers, or is restarted by an administrator. */
export function postgresDown(random: Random, timing: Timing): Fault {
  const isKilled = random.chance(0.6);
  return {
    ...timing,
    title: isKilled ? 'kill -9 of PostgreSQL' : 'restart of PostgreSQL',
    async strike({ postgres, links }, over) {
      await (isKilled ? postgres.kill() : postgres.shutDown());
      await last(timing.lastsMs / 2, over);
      await postgres.start();
      for (const name of PROCESS_NAMES) links.postgres[name].leadTo(postgres.port);
    },
  };
}

/** Redis is gone with everything in it, and comes back empty. */
export function redisKilled(_random: Random, timing: Timing): Fault {
  return {
    ...timing,
    title: 'kill -9 of Redis',
    async strike({ redis }, over) {
      await redis.kill9();
      await last(timing.lastsMs, over);
      await redis.restart();
    },
  };
}

/** Redis forgets, all of it or what an eviction under memory pressure would take. */
export function redisForgets(random: Random, timing: Timing): Fault {
  const isWhole = random.chance(0.5);
  return {
    ...timing,
    title: isWhole ? 'FLUSHALL' : 'eviction of the list of signals',
    async strike(world, over) {
      const endsAt = performance.now() + timing.lastsMs;
      while (performance.now() < endsAt && !over.aborted) {
        await forget(world, isWhole ? 'FLUSHALL' : 'UNLINK payment_webhooks');
        await last(100, over);
      }
    },
  };
}

function forget({ redis }: World, command: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(redis.port, '127.0.0.1', () => socket.end(`${command}\r\n`));
    socket.resume();
    // Another fault may have Redis down at this moment: then it has forgotten already.
    socket.on('error', () => resolve()).on('close', () => resolve());
  });
}
