import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What is wrong with a link. `cut` ends what is open and takes nothing new; `refuse` lets open connections be; with
 * `black_hole` nothing arrives in either direction and nobody is told; with `half_open` requests arrive and answers do
 * not; with `loss` each piece that is sent may be the connection's last.
 */
export type LinkFault =
  | { kind: 'latency'; ms: number }
  | { kind: 'loss'; probability: number }
  | { kind: 'cut' }
  | { kind: 'refuse' }
  | { kind: 'black_hole' }
  | { kind: 'half_open' };

interface Pair {
  client: Socket;
  upstream: Socket;
  /** Set where bytes were swallowed, after which the connection can never be right again. */
  isSpoiled: boolean;
}

/** A TCP connection's way between two processes, which can go wrong as networks do. */
export class FaultProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #random: () => number;
  readonly #pairs = new Set<Pair>();
  #targets: number[] = [];
  #turn = 0;
  #fault: LinkFault | null = null;

  private constructor(server: Server, port: number, random: () => number) {
    this.#server = server;
    this.port = port;
    this.#random = random;
    server.on('connection', (client) => this.#join(client));
  }

  /** Listens on a port of 127.0.0.1. */
  static async open(port: number, random: () => number = Math.random): Promise<FaultProxy> {
    const server = createServer({ noDelay: true });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, port, random);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where connections lead from now on, in turn. Open ones stay where they are. */
  leadTo(...ports: number[]): void {
    this.#targets = ports;
  }

  /** Lets the link go wrong in one way; another call replaces it. */
  break(fault: LinkFault): void {
    this.heal();
    this.#fault = fault;
    if (fault.kind === 'cut') this.disconnect();
  }

  /** From now on the link is good again. Connections on which something was lost end, as they do on a real network. */
  heal(): void {
    this.#fault = null;
    for (const pair of this.#pairs) if (pair.isSpoiled) end(pair);
  }

  /** Resets every open connection. */
  disconnect(): void {
    for (const pair of this.#pairs) end(pair);
  }

  async close(): Promise<void> {
    this.disconnect();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const target = this.#targets[this.#turn++ % Math.max(1, this.#targets.length)];
    const kind = this.#fault?.kind;
    if (target === undefined || kind === 'cut' || kind === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, upstream, isSpoiled: false };
    this.#pairs.add(pair);
    this.#carry(pair, client, upstream, 'there');
    this.#carry(pair, upstream, client, 'back');
    const gone = () => {
      this.#pairs.delete(pair);
      end(pair);
    };
    for (const socket of [client, upstream]) socket.on('error', gone).on('close', gone);
  }

  #carry(pair: Pair, from: Socket, to: Socket, way: 'there' | 'back'): void {
    from.on('data', (piece: Buffer) => {
      const fault = this.#fault;
      switch (fault?.kind) {
        case 'black_hole':
          pair.isSpoiled = true;
          return;
        case 'half_open':
          if (way === 'back') {
            pair.isSpoiled = true;
            return;
          }
          break;
        case 'loss':
          if (this.#random() < fault.probability) {
            end(pair);
            return;
          }
          break;
        case 'latency':
          setTimeout(() => write(to, piece), fault.ms);
          return;
        case 'cut':
        case 'refuse':
        case undefined:
          break;
      }
      // What was swallowed before leaves a hole: nothing behind it may arrive.
      if (!pair.isSpoiled || way === 'there') write(to, piece);
    });
    from.on('end', () => to.end());
  }
}

function write(socket: Socket, piece: Buffer): void {
  if (!socket.destroyed && socket.writable) socket.write(piece);
}

function end({ client, upstream }: Pair): void {
  reset(client);
  reset(upstream);
}

/**
 * Of a socket that is just being ended Node.js cannot make a reset, and keeps its handle for ever, so that the thread
 * that has it never ends.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
