import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { Overloaded, type OverloadReason } from '../../overloaded.ts';
import { AUTHORIZED, FOR_CALLERS, buildTestApp, expectProblem } from '../app.fixture.ts';

const routes: FastifyPluginAsyncZod = async (app) => {
  app.post('/api/v1/pay', { config: { ...FOR_CALLERS, movesMoney: true } }, async () => ({}));
  app.post('/api/v1/hook', { config: FOR_CALLERS }, async () => ({}));
  app.get('/api/v1/pay', { config: FOR_CALLERS }, async () => ({}));
  app.get('/api/v1/full', { config: FOR_CALLERS }, async () => {
    throw new Overloaded('database', 'too many queries wait');
  });
};

test('an overloaded process refuses to move money, and nothing else, until it is not overloaded any more', async () => {
  let reason: OverloadReason | null = 'event_loop';
  const { app } = buildTestApp([routes], { overloadedBy: () => reason });
  const ask = (method: 'GET' | 'POST', url: string) =>
    app.inject({ method, url, headers: AUTHORIZED });

  const refused = await ask('POST', '/api/v1/pay');
  expect(expectProblem(refused, 'overloaded')).toMatchObject({ reason: 'event_loop' });
  expect(refused.headers['retry-after']).toBe('1');
  expect((await ask('GET', '/api/v1/pay')).statusCode).toBe(200);
  expect((await ask('POST', '/api/v1/hook')).statusCode).toBe(200);
  expect((await app.inject({ url: '/health' })).statusCode).toBe(200);

  reason = null;
  expect((await ask('POST', '/api/v1/pay')).statusCode).toBe(200);
});

test('refusals are counted by what there was too much of, also where a full queue was met later on', async () => {
  const { app, metrics } = buildTestApp([routes], { overloadedBy: () => 'event_loop' });
  for (const [method, url] of [
    ['POST', '/api/v1/pay'],
    ['POST', '/api/v1/pay'],
    ['GET', '/api/v1/full'],
    ['GET', '/api/v1/pay'],
  ] as const) {
    await app.inject({ method, url, headers: AUTHORIZED });
  }
  const counted = (await metrics.scrape())
    .split('\n')
    .filter((line) => line.startsWith('http_overload_refusals_total'));
  expect(counted.sort()).toEqual([
    'http_overload_refusals_total{reason="database",gateway=""} 1',
    'http_overload_refusals_total{reason="event_loop",gateway=""} 2',
  ]);
});

test('nobody is looked up for a request that is refused for the load', async () => {
  const { app } = buildTestApp([routes], {
    overloadedBy: () => 'database',
    identify: {
      apiKey: () => Promise.reject(new Error('looked up')),
      operator: () => Promise.reject(new Error('looked up')),
    },
  });
  const refused = await app.inject({ method: 'POST', url: '/api/v1/pay', headers: AUTHORIZED });
  expectProblem(refused, 'overloaded');
});
