import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One request of the load. */
export interface LoadRequest {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface HttpClient {
  /**
   * Resolves once the whole answer has come.
   *
   * @throws where it is not 2xx: a contestant that refuses is not measured
   */
  post(request: LoadRequest): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connections that are kept alive, each with one request at a time.
 *
 * The load shares the processor with what it measures, and a library for all of HTTP takes twice as much of it as this,
 * which knows just what the contestants answer: HTTP/1.1 with a `Content-Length`.
 */
export async function createHttpClient(url: string, connections: number): Promise<HttpClient> {
  const { hostname, port, host } = new URL(url);
  const all = await Promise.all(
    Array.from({ length: connections }, () => Connection.open(hostname, Number(port))),
  );
  const idle = [...all];
  const waiting: ((connection: Connection) => void)[] = [];
  // In turn, so that none is idle for so long that the other side closes it just when it is wanted.
  const acquire = (): Connection | Promise<Connection> =>
    idle.shift() ?? new Promise((resolve) => waiting.push(resolve));
  const release = (connection: Connection) => {
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  };
  return {
    async post(request) {
      const connection = await acquire();
      await connection.exchange(serialize(request, host));
      release(connection);
    },
    close: async () => {
      await Promise.all(all.map((connection) => connection.close()));
    },
  };
}

function serialize({ path, headers, body }: LoadRequest, host: string): string {
  let head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  for (const name in headers) {
    // A request that was recorded has it among its headers.
    if (!/^content-length$/i.test(name)) head += `${name}: ${headers[name] ?? ''}\r\n`;
  }
  return `${head}\r\n${body}`;
}

/** Larger than any answer of a contestant; a longer one comes in several reads. */
const READ_BYTES = 16 * 1024;

/** One connection and the exchange that is under way on it. */
class Connection {
  readonly #socket: Socket;
  #received = '';
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  static async open(host: string, port: number): Promise<Connection> {
    // The socket reads into this buffer again and again, rather than into a new one each time.
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let connection: Connection | null = null;
    const callback = (bytes: number) => {
      connection?.receive(buffer.toString('latin1', 0, bytes));
      return true;
    };
    const socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
    connection = new Connection(socket);
    await once(socket, 'connect');
    return connection;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => this.#reject(error));
    socket.on('close', () => this.#reject(new Error('the connection was closed')));
  }

  exchange(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#received = '';
      this.#socket.write(request, 'utf8');
    });
  }

  receive(text: string): void {
    this.#received += text;
    const answer = this.#received;
    const headEnd = answer.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1];
    if (length === undefined) return this.#reject(new Error(`no Content-Length: ${answer}`));
    if (answer.length < headEnd + 4 + Number(length)) return;
    if (answer.startsWith('HTTP/1.1 2')) this.#resolve();
    else this.#reject(new Error(answer));
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }
}
