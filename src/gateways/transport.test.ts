import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { createTransport, type GatewayRequest, type TransportOptions } from './transport.ts';

type Served = { origin: string; connections: number; received: string };

const PATIENTLY = { timeout: 5000 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A TCP server that is told what to do with each connection and remembers every byte it was sent. */
async function serve(
  onConnection: (socket: net.Socket, number: number) => void,
  create: (listener: (socket: net.Socket) => void) => net.Server = (listener) =>
    net.createServer(listener),
): Promise<Served> {
  const sockets = new Set<net.Socket>();
  const served: Served = { origin: '', connections: 0, received: '' };
  const server = create((socket) => {
    sockets.add(socket);
    served.connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => (served.received += chunk.toString()));
    onConnection(socket, served.connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  served.origin = `http://127.0.0.1:${portOf(server)}`;
  return served;
}

function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

function transport(options: Partial<TransportOptions> = {}) {
  const made = createTransport({ connectTimeoutMs: 2000, totalTimeoutMs: 5000, ...options });
  cleanups.push(() => made.close());
  return made;
}

function post(origin: string): GatewayRequest {
  return {
    origin,
    method: 'POST',
    path: '/v1/charge',
    headers: { 'idempotency-key': 'k' },
    body: 'a=1',
  };
}

function get(origin: string): GatewayRequest {
  return { origin, method: 'GET', path: '/v1/charge', headers: {}, body: null };
}

const answer = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const requests = (served: Served) => served.received.split(' HTTP/1.1').length - 1;

test('an answer comes back whole, with its status and headers, and the connection is used again', async () => {
  const served = await serve((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n');
      socket.write('HTTP/1.1 402 Payment Required\r\nRequest-Id: req_1\r\n');
      socket.write('transfer-encoding: chunked\r\n\r\n2\r\nab\r\n');
      socket.write('3\r\ncde\r\n0\r\n\r\n');
    });
  });
  const sender = transport({ connectionsPerOrigin: 1 });
  for (let n = 0; n < 3; n += 1) {
    const exchange = await sender.send(post(served.origin));
    expect(exchange).toMatchObject({ kind: 'answered', status: 402, body: 'abcde' });
    expect(exchange).toMatchObject({ headers: { 'request-id': 'req_1' } });
  }
  expect(served.connections).toBe(1);
  expect(served.received).toContain('POST /v1/charge HTTP/1.1\r\n');
  expect(served.received).toContain('idempotency-key: k\r\n');
  expect(served.received).toContain('\r\n\r\na=1');
});

test('a refused port is not sent', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  const exchange = await transport().send(post(`http://127.0.0.1:${port}`));
  expect(exchange).toMatchObject({ kind: 'not_sent', code: 'ECONNREFUSED' });
});

test('a name that does not resolve is not sent', async () => {
  const exchange = await transport().send(post('http://gateway.invalid'));
  expect(exchange.kind).toBe('not_sent');
  expect(JSON.stringify(exchange)).toMatch(/ENOTFOUND|EAI_AGAIN/);
});

/** A port whose queue of connections is full and never emptied, so that the kernel drops every new one. */
async function blackHole(): Promise<string> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  cleanups.push(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = Array.from({ length: 8 }, () => net.connect(port, '127.0.0.1'));
  for (const filler of fillers) filler.on('error', () => undefined);
  cleanups.push(() => fillers.forEach((filler) => filler.destroy()));
  // Two connections fit into a queue of one; from the third on they hang.
  await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')));
  return `http://127.0.0.1:${port}`;
}

test('a connection that does not come about in time is not sent', async () => {
  const origin = await blackHole();
  const exchange = await transport({ connectTimeoutMs: 200 }).send(post(origin));
  expect(exchange).toMatchObject({ kind: 'not_sent', code: 'connect_timeout' });
});

test('the total timeout while still connecting is not sent, and nothing is sent afterwards', async () => {
  const origin = await blackHole();
  const exchange = await transport({ connectTimeoutMs: 400, totalTimeoutMs: 100 }).send(
    post(origin),
  );
  expect(exchange).toMatchObject({ kind: 'not_sent', code: 'timeout' });
});

test('a certificate that is not trusted is not sent, whatever the environment says', async () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  cleanups.push(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  const served = await serveTls();
  const exchange = await transport().send(post(served.origin));
  expect(exchange).toMatchObject({ kind: 'not_sent', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(served.received).toBe('');
});

test('a trusted certificate is spoken to', async () => {
  const served = await serveTls();
  const exchange = await transport({ certificateAuthority: CERTIFICATE }).send(post(served.origin));
  expect(exchange).toMatchObject({ kind: 'answered', body: 'ok' });
});

test('a TLS handshake that never ends is not sent', async () => {
  const served = await serve(() => undefined);
  const origin = served.origin.replace('http:', 'https:');
  const exchange = await transport({ connectTimeoutMs: 200 }).send(post(origin));
  expect(exchange).toMatchObject({ kind: 'not_sent', code: 'connect_timeout' });
});

test('a TLS handshake that the server breaks off is not sent', async () => {
  const served = await serve((socket) => socket.on('data', () => socket.resetAndDestroy()));
  const exchange = await transport().send(post(served.origin.replace('http:', 'https:')));
  expect(exchange).toMatchObject({ kind: 'not_sent', code: 'ECONNRESET' });
});

type Behaviour = (socket: net.Socket) => void;

test.for<[string, Behaviour]>([
  ['resets', (socket) => socket.resetAndDestroy()],
  ['closes', (socket) => socket.end()],
])('a server that %s on accepting is never an answer, and is tried once', async ([, behaviour]) => {
  const served = await serve(behaviour);
  const exchange = await transport().send(post(served.origin));
  // Which of the two depends on whether the reset overtakes the writing.
  expect(['not_sent', 'no_answer']).toContain(exchange.kind);
  if (exchange.kind === 'not_sent') expect(served.received).toBe('');
  expect(served.connections).toBe(1);
});

/** Does something once the request has been read. */
const onceRead =
  (behaviour: Behaviour): Behaviour =>
  (socket) => {
    socket.on('data', () => behaviour(socket));
  };

test.for<[string, Behaviour]>([
  ['a reset after reading', onceRead((socket) => socket.resetAndDestroy())],
  ['a close after reading', onceRead((socket) => socket.end())],
  ['half an answer and a close', onceRead((socket) => socket.end(answer('whole').slice(0, -2)))],
  [
    'half an answer and a reset',
    onceRead((socket) =>
      socket.write(answer('whole').slice(0, -2), () => socket.resetAndDestroy()),
    ),
  ],
  [
    'half a chunked answer',
    onceRead((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n'),
    ),
  ],
  ['half a header', onceRead((socket) => socket.end('HTTP/1.1 20'))],
  ['no HTTP', onceRead((socket) => socket.end('what?\r\n\r\n'))],
])('%s is no answer, and the request is sent once', async ([, behaviour]) => {
  for (const request of [post, get]) {
    const served = await serve(behaviour);
    const exchange = await transport().send(request(served.origin));
    expect(exchange.kind).toBe('no_answer');
    expect(requests(served)).toBe(1);
  }
});

test('a server that reads and stays silent is no answer after the total timeout, and is hung up on', async () => {
  let closed = false;
  const served = await serve((socket) => socket.on('close', () => (closed = true)));
  const exchange = await transport({ totalTimeoutMs: 150 }).send(post(served.origin));
  expect(exchange).toMatchObject({ kind: 'no_answer', code: 'timeout' });
  expect(requests(served)).toBe(1);
  await expect.poll(() => closed, PATIENTLY).toBe(true);
});

test('an answer that drips for longer than the total timeout is no answer', async () => {
  const served = await serve((socket) =>
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    }),
  );
  const exchange = await transport({ totalTimeoutMs: 200 }).send(post(served.origin));
  expect(exchange).toMatchObject({ kind: 'no_answer', code: 'timeout' });
});

test('an answer that comes after the timeout is never taken for that of the next request', async () => {
  const served = await serve((socket, number) =>
    socket.on('data', () => {
      if (number === 1) setTimeout(() => socket.write(answer('late')), 200);
      else socket.write(answer('next'));
    }),
  );
  const sender = transport({ connectionsPerOrigin: 1, totalTimeoutMs: 150 });
  expect(await sender.send(post(served.origin))).toMatchObject({ kind: 'no_answer' });
  expect(await sender.send(post(served.origin))).toMatchObject({ kind: 'answered', body: 'next' });
});

test('an answer larger than the limit is no answer', async () => {
  const served = await serve((socket) =>
    socket.on('data', () => socket.write(answer('x'.repeat(2000)))),
  );
  const exchange = await transport({ maxAnswerBytes: 1000 }).send(post(served.origin));
  expect(exchange).toMatchObject({ kind: 'no_answer', code: 'answer_too_large' });
});

test('a kept connection that the server closed between two requests costs neither', async () => {
  const served = await serve((socket) =>
    socket.on('data', () => socket.write(answer('ok'), () => socket.end())),
  );
  const sender = transport({ connectionsPerOrigin: 1 });
  expect(await sender.send(post(served.origin))).toMatchObject({ kind: 'answered' });
  // The close has arrived here once the server's side is closed too.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(await sender.send(post(served.origin))).toMatchObject({ kind: 'answered' });
  expect(requests(served)).toBe(2);
});

test.for([
  ['POST', post],
  ['GET', get],
] as const)(
  'a %s written to a kept connection that the server resets is no answer and is not sent again',
  async ([, request]) => {
    const served = await serve((socket, number) => {
      let seen = 0;
      socket.on('data', () => {
        seen += 1;
        if (number === 1 && seen === 2) socket.resetAndDestroy();
        else socket.write(answer('ok'));
      });
    });
    const sender = transport({ connectionsPerOrigin: 1 });
    expect(await sender.send(request(served.origin))).toMatchObject({ kind: 'answered' });
    expect(await sender.send(request(served.origin))).toMatchObject({ kind: 'no_answer' });
    expect(requests(served)).toBe(2);
    expect(await sender.send(request(served.origin))).toMatchObject({ kind: 'answered' });
  },
);

test('whatever is told to be not sent never arrives, however full the queue was', async () => {
  const served = await serve(() => undefined);
  const sender = transport({ connectionsPerOrigin: 2, totalTimeoutMs: 150 });
  const paths = Array.from({ length: 40 }, (_, n) => `/number-${n}-`);
  const exchanges = await Promise.all(
    paths.map((path) => sender.send({ ...post(served.origin), path })),
  );
  await sender.close();
  expect(exchanges.filter(({ kind }) => kind === 'not_sent').length).toBeGreaterThan(0);
  // Those that gave up waiting cost no connection of their own.
  expect(served.connections).toBeLessThan(20);
  exchanges.forEach((exchange, n) => {
    if (exchange.kind === 'not_sent') expect(served.received).not.toContain(paths[n]);
    else expect(exchange).toMatchObject({ kind: 'no_answer', code: 'timeout' });
  });
});

test('a connection that comes about after the timeout does not carry the request', async () => {
  const target = await serveTls();
  const held: (() => void)[] = [];
  let closed = false;
  const front = await serve((socket) => {
    socket.pause();
    held.push(() => {
      const onward = net.connect(portIn(target.origin), '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      onward.on('error', () => socket.destroy());
      cleanups.push(() => onward.destroy());
      socket.on('close', () => (closed = true));
    });
  });
  const sender = transport({ certificateAuthority: CERTIFICATE, totalTimeoutMs: 100 });
  const origin = front.origin.replace('http:', 'https:');
  expect(await sender.send(post(origin))).toMatchObject({ kind: 'not_sent', code: 'timeout' });
  held.forEach((release) => release());
  await expect.poll(() => closed, PATIENTLY).toBe(true);
  expect(target.received).toBe('');
});

test('requests beyond the bounds of connections and queue are not sent at once', async () => {
  const held: net.Socket[] = [];
  const served = await serve((socket) => socket.on('data', () => held.push(socket)));
  const sender = transport({ connectionsPerOrigin: 2, waitingPerOrigin: 1 });
  const accepted = [1, 2, 3].map(() => sender.send(post(served.origin)));
  expect(await sender.send(post(served.origin))).toMatchObject({
    kind: 'not_sent',
    code: 'queue_full',
  });
  await expect.poll(() => held.length, PATIENTLY).toBe(2);
  for (const socket of held.splice(0)) socket.write(answer('ok'));
  await expect.poll(() => held.length, PATIENTLY).toBe(1);
  for (const socket of held.splice(0)) socket.write(answer('ok'));
  for (const exchange of await Promise.all(accepted)) expect(exchange.kind).toBe('answered');
  expect(served.connections).toBeLessThanOrEqual(2);
});

test('closing waits for what was accepted and refuses what is new', async () => {
  const held: net.Socket[] = [];
  const served = await serve((socket) => socket.on('data', () => held.push(socket)));
  const sender = transport({ connectionsPerOrigin: 1 });
  const accepted = [sender.send(post(served.origin)), sender.send(post(served.origin))];
  await expect.poll(() => held.length, PATIENTLY).toBe(1);
  const closed = sender.close();
  expect(await sender.send(post(served.origin))).toMatchObject({
    kind: 'not_sent',
    code: 'closing',
  });
  held.shift()?.write(answer('first'));
  await expect.poll(() => held.length, PATIENTLY).toBe(1);
  held.shift()?.write(answer('second'));
  const bodies = (await Promise.all(accepted)).map((exchange) =>
    exchange.kind === 'answered' ? exchange.body : exchange.kind,
  );
  expect(bodies).toEqual(['first', 'second']);
  await closed;
});

test('a request that cannot be written as HTTP is not sent', async () => {
  const served = await serve(() => undefined);
  const exchange = await transport().send({
    ...post(served.origin),
    headers: { 'x-request-id': 'a\r\nb' },
  });
  expect(exchange).toMatchObject({ kind: 'not_sent', code: 'UND_ERR_INVALID_ARG' });
  expect(served.received).toBe('');
});

function portIn(origin: string): number {
  return Number(new URL(origin).port);
}

async function serveTls(): Promise<Served> {
  const served = await serve(
    (socket) => socket.on('data', () => socket.write(answer('ok'))),
    (listener) => tls.createServer({ key: KEY, cert: CERTIFICATE }, listener),
  );
  served.origin = served.origin.replace('http:', 'https:');
  return served;
}

/** Made for these tests alone: self-signed, for localhost and 127.0.0.1. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmIDlgMqz9/b3hrBC
X+rbr5LWv7lC/Bd70W8A5nQj346hRANCAASoUf5dkm1ndFZIuCkmcblkNPJKlBR9
2h48kNG7Vv6KiT1WRG0aipufFteWCTmn+mMaiBb3Kpi+y+C7xTSEzWP7
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUAM1/1n2fv0XREcgcbd4t+1Q6twcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDIzMTk0OFoYDzIxMjYxMDMx
MjMxOTQ4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASoUf5dkm1ndFZIuCkmcblkNPJKlBR92h48kNG7Vv6KiT1WRG0aipuf
FteWCTmn+mMaiBb3Kpi+y+C7xTSEzWP7o28wbTAdBgNVHQ4EFgQU2ngfXhC6a4nC
QKN4ssilbnqBCAcwHwYDVR0jBBgwFoAU2ngfXhC6a4nCQKN4ssilbnqBCAcwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgC5e9ft0+7AWcnX1ZwkUc9YNtlw5bmN5hv5marmdRCHUCIDKn
r+VLWvOEyUkivjysYCeXP/kKrQhbVtjeI6qpY76v
-----END CERTIFICATE-----`;
