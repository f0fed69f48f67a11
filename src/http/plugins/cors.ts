import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** How long a browser may remember what it was allowed, in seconds. */
const REMEMBERED_SECONDS = 600;

/**
 * Lets pages of the listed origins call the API from a browser, with a token of their own and without cookies. Without
 * any origin nothing is sent of it, and browsers keep other pages away.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'X-Request-Id',
      'traceparent',
    ],
    exposedHeaders: [
      'ETag',
      'Idempotent-Replayed',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Request-Id',
      'X-Trace-Id',
    ],
    credentials: false,
    maxAge: REMEMBERED_SECONDS,
    // Another origin gets the answer that it would get without CORS, and its browser keeps it from the page.
    strictPreflight: false,
  });
}
