import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { FOR_CALLERS, buildTestApp } from '../app.fixture.ts';
import { PROBLEMS } from '../problem-catalogue.ts';

const routes: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/api/v1/things/:id',
    {
      config: { ...FOR_CALLERS, idempotent: true, movesMoney: true },
      schema: {
        operationId: 'makeThing',
        params: z.object({ id: z.string() }),
        body: z.strictObject({ amount: z.int().min(1).describe('Minor units.') }),
        response: { 201: z.object({ id: z.string() }) },
      },
    },
    async () => ({ id: 'x' }),
  );
};

interface Document {
  openapi: string;
  info: { description: string };
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { properties: Record<string, { enum?: string[] }> }>;
    securitySchemes: object;
  };
  security: object[];
}
interface Operation {
  operationId?: string;
  security?: object[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { content: Record<string, { schema: unknown }> }>;
}

async function document(): Promise<Document> {
  const { app } = buildTestApp([routes]);
  const response = await app.inject('/openapi.json');
  expect(response.statusCode).toBe(200);
  return response.json<Document>();
}

test('the document is OpenAPI 3.1 with bearer keys by default', async () => {
  const { openapi, security, components } = await document();
  expect(openapi).toMatch(/^3\.1\./);
  expect(security).toEqual([{ apiKey: [] }]);
  expect(components.securitySchemes).toMatchObject({ apiKey: { type: 'http', scheme: 'bearer' } });
});

test('the document says where an answer names its trace', async () => {
  expect((await document()).info.description).toContain('`X-Trace-Id`');
});

test('a route is described by its own schemas, its key and its problems', async () => {
  const operation = (await document()).paths['/api/v1/things/{id}']?.post;
  expect(operation?.operationId).toBe('makeThing');
  expect(operation?.security).toBeUndefined();
  expect(operation?.parameters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'id', in: 'path', required: true }),
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
    ]),
  );
  expect(operation?.requestBody?.content['application/json']?.schema).toMatchObject({
    properties: { amount: { type: 'integer', minimum: 1, description: 'Minor units.' } },
    required: ['amount'],
    additionalProperties: false,
  });
  expect(Object.keys(operation?.responses ?? {})).toEqual(['201', 'default']);
  expect(operation?.responses.default?.content['application/problem+json']?.schema).toEqual({
    $ref: '#/components/schemas/Problem',
  });
});

test('public routes say that they are, and the documentation does not describe itself', async () => {
  const { paths } = await document();
  expect(paths['/health']?.get?.security).toEqual([]);
  expect(Object.keys(paths).sort()).toEqual(['/api/v1/things/{id}', '/health', '/ready']);
});

test('the document names every code of the catalogue', async () => {
  const { components } = await document();
  expect(components.schemas.Problem?.properties.code?.enum).toEqual(Object.keys(PROBLEMS));
});

test('an answer that does not fit its schema is sent all the same: answers are texts already', async () => {
  const { app } = buildTestApp([
    async (scope) => {
      scope.get(
        '/text',
        { config: { public: true }, schema: { response: { 200: z.object({ id: z.string() }) } } },
        async (_request, reply) => reply.type('application/json').send('{"raw":1}' as never),
      );
    },
  ]);
  expect((await app.inject('/text')).body).toBe('{"raw":1}');
});
