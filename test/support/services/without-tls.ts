import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** The way to a PostgreSQL server, on which encryption is refused. */
export interface WayWithoutTls {
  /** The same database through this way, for the same role. */
  url: string;
  close: () => Promise<void>;
}

/** Stands before the server of a URL and answers whoever asks for encryption as a server without it does. */
export async function withoutTls(databaseUrl: string): Promise<WayWithoutTls> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => sockets.forEach((each) => each.destroy()));
    }
    client.once('data', (first) => {
      if (isRequestForTls(first)) client.write('N');
      else upstream.write(first);
      client.pipe(upstream);
    });
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Its message is eight bytes long: the length, and a number that stands where the protocol's version would. */
function isRequestForTls(message: Buffer): boolean {
  return message.length === 8 && message.readInt32BE(4) === 80_877_103;
}
