import { createHmac, timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { answerQuestions } from '../child.ts';
import { openConnections } from '../connections.ts';
import { POOL_SIZE } from '../ground.ts';

/** Which one to be, and what it needs for that. The answer is its URL. */
export interface RivalQuestion {
  kind: 'insert' | 'bare';
  databaseUrl: string;
  secret: string;
}

/**
 * What webhook acceptance is measured against, in a process of its own: Fastify that reads the body and answers, and
 * Fastify that checks the signature and writes the event down with one INSERT.
 */
answerQuestions<RivalQuestion, string>((question) =>
  question.kind === 'bare'
    ? listen((app) => app.post('/webhook', async () => ({ received: true })))
    : listen((app) => insertEach(app, question)),
);

function insertEach(app: FastifyInstance, { databaseUrl, secret }: RivalQuestion): void {
  const { sql } = openConnections(databaseUrl, POOL_SIZE);
  app.post<{ Body: Buffer }>('/webhook', async (request, reply) => {
    const { body } = request;
    if (!isSigned(String(request.headers['stripe-signature']), body, secret)) {
      return reply.code(400).send({ error: 'signature' });
    }
    const event = JSON.parse(body.toString()) as { id: string; type: string };
    await sql`
      INSERT INTO webhook_events (gateway, event_id, event_type, request_id, body)
      VALUES ('stripe', ${event.id}, ${event.type}, ${request.id}, ${body})
          ON CONFLICT DO NOTHING`;
    return { received: true };
  });
}

function isSigned(header: string, body: Buffer, secret: string): boolean {
  const [, timestamp = '', signature = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > 300) return false;
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
  return timingSafeEqual(Buffer.from(signature, 'hex'), expected);
}

async function listen(addRoute: (app: FastifyInstance) => unknown): Promise<string> {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addRoute(app);
  return app.listen({ host: '127.0.0.1', port: 0 });
}
