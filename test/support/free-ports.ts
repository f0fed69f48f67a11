import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux and macOS give to outgoing connections: one of those could be taken by any connection
 * between the moment when it is found free and the moment when the service that is to listen there has started.
 */
const FIRST = 10_000;
const LAST = 32_000;

/**
 * Ports on which nothing listens, which are given to no connection that goes out, and which no other caller gets,
 * whichever process it is in, until the thread that called has ended: a service has all the time to start there.
 *
 * @param beside how far above each of them another port has to be as free
 */
export async function freePorts(count: number, beside = 0): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(FIRST, LAST - beside);
    const isFit = (await isFree(port)) && (beside === 0 || (await isFree(port + beside)));
    if (isFit) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  return (await reserve(port)) && (await hasNoListener(port));
}

/** Takes the UDP port of the same number, which no service of ours uses, as a lock that ends with its holder. */
async function reserve(port: number): Promise<boolean> {
  const lock = createSocket('udp4').unref();
  try {
    lock.bind({ port, address: '127.0.0.1', exclusive: true });
    await once(lock, 'listening');
    return true;
  } catch {
    lock.close();
    return false;
  }
}

async function hasNoListener(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
