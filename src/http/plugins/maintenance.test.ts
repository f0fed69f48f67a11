import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { AUTHORIZED, FOR_CALLERS, buildTestApp, expectProblem } from '../app.fixture.ts';

const routes: FastifyPluginAsyncZod = async (app) => {
  app.post('/api/v1/pay', { config: { ...FOR_CALLERS, movesMoney: true } }, async () => ({}));
  app.get('/api/v1/pay', { config: FOR_CALLERS }, async () => ({}));
};

test('during maintenance money rests and reading goes on, until it is over', async () => {
  let maintenance = true;
  const { app } = buildTestApp([routes], { isInMaintenance: () => maintenance });
  const pay = () => app.inject({ method: 'POST', url: '/api/v1/pay', headers: AUTHORIZED });

  const refused = await pay();
  expectProblem(refused, 'maintenance');
  expect(refused.headers['retry-after']).toBe('60');
  expect((await app.inject({ url: '/api/v1/pay', headers: AUTHORIZED })).statusCode).toBe(200);

  maintenance = false;
  expect((await pay()).statusCode).toBe(200);
});

test('a stranger learns nothing of maintenance', async () => {
  const { app } = buildTestApp([routes], { isInMaintenance: () => true });
  expectProblem(await app.inject({ method: 'POST', url: '/api/v1/pay' }), 'unauthorized');
});
