import { buildApp } from './app.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createHealth } from '../observability/health.ts';
import { z } from 'zod';
const log = createLogger({ level: 'info', service: 'x', version: '1' });
const metrics = createMetrics({ version: '1', thresholds: { paymentFailureRatio: 0, gatewayLatencySeconds: 1, webhookBacklog: 1 } });
const app = buildApp({ version: '1', log, metrics, health: createHealth({ checks: [], isDraining: () => false, log }), isInMaintenance: () => false, findApiKey: async () => ({ id: 'key_1', mode: 'test' }),
  routes: [async (a) => { a.post('/api/v1/things/:id', { config: { idempotent: true }, schema: { summary: 'Make a thing', tags: ['things'], body: z.strictObject({ amount: z.int().min(1) }), response: { 200: z.object({ id: z.string() }) } } }, async () => ({ id: 'x' })); a.get('/api/v1/fast', async (_q, r) => r.type('application/json').send('{"a":1}')); a.post('/api/v1/fast', { config: { idempotent: true, movesMoney: true }, schema: { body: z.object({ amount: z.int(), currency: z.string(), metadata: z.record(z.string(), z.string()).optional() }) } }, async (_q, r) => r.type('application/json').send('{"a":1}' as never)); }] });
await app.listen({ host: '127.0.0.1', port: 18123 });
