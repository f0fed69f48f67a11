import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';
import { sendProblem } from './problems.ts';

/** How long a connection may stay silent once the application is closed, in milliseconds: a request may be on its way. */
const SILENCE_MS = 1_000;
/** How often to look for connections that have become idle since, in milliseconds. */
const LOOK_MS = 200;

/**
 * From the moment at which the application is closed, each open connection has its last request: it is served for a short
 * while and refused with a 503 after that, and the answer closes the connection. What is under way is finished.
 *
 * @param serveMs for how long they are served: a proxy in front sends requests on open connections until it hears that this
 * server goes, and cannot send them to another one any more
 */
export function refuseRequestsWhileClosing(app: FastifyInstance, serveMs: number): void {
  let closingSince: number | null = null;
  const silent = silentConnections(app);
  app.addHook('preClose', (done) => {
    closingSince = performance.now();
    setTimeout(() => silent.forEach((socket) => socket.destroy()), SILENCE_MS).unref();
    // Node closes those that are idle now. One that has an answer coming stays open after it, as long as its caller likes.
    const looking = setInterval(() => app.server.closeIdleConnections(), LOOK_MS);
    app.server.once('close', () => clearInterval(looking));
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    silent.delete(request.raw.socket);
    if (closingSince === null) return done();
    reply.header('connection', 'close');
    if (performance.now() - closingSince < serveMs) return done();
    sendProblem(reply, problem('draining'));
  });
}

/**
 * The connections on which no request has begun: whoever sees the first one takes its connection out. To Node they are not
 * idle, so that one of them would keep a server from closing for ever.
 */
function silentConnections({ server }: FastifyInstance): Set<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  return silent;
}
