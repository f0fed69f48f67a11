import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux and macOS give to outgoing connections: one of those could be taken by any connection
 * between the moment when it is found free and the moment when the service that is to listen there has started.
 */
const FIRST = 10_000;
const LAST = 32_000;

/**
 * Ports on which nothing listened a moment ago, and which are given to no connection that goes out.
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
