import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import fastify, { type RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { PROBLEMS } from './problem-catalogue.ts';
import { PROBLEM_CONTENT_TYPE } from './problem.ts';

/** JSON Schema, as far as it is put together here. */
type JsonSchema = Readonly<Record<string, unknown>>;

/** A problem document, as every answer that says no has it (RFC 9457). */
const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'A problem document (RFC 9457). `code` is what programs decide by.',
  required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri-reference', examples: ['/docs/problems#invalid_json'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    detail: { type: 'string', description: 'What is wrong and what to do about it.' },
    param: { type: 'string', description: 'The parameter at fault.' },
    errors: {
      type: 'array',
      description: 'Each fault by itself, where there are several.',
      items: {
        type: 'object',
        required: ['param', 'code', 'detail'],
        properties: {
          param: { type: ['string', 'null'] },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
    request_id: { type: 'string', description: 'Names this request to whoever reads the log.' },
  },
};

const PROBLEM_RESPONSE = {
  description: 'A problem: see the list at /docs/problems.',
  content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

const IDEMPOTENCY_KEY_HEADER = {
  type: 'object',
  required: ['Idempotency-Key'],
  properties: {
    'Idempotency-Key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description:
        'A new random value for every operation; the same one, with the same body, to repeat it. A repeated request ' +
        'gets the first answer again, with `Idempotent-Replayed: true`.',
    },
  },
};

/**
 * Describes routes as OpenAPI 3.1, from their own schemas.
 *
 * The package wants to be there before the routes are, so an instance that never listens is shown them again.
 *
 * @returns the document as JSON
 */
export async function describeAsOpenApi(
  routes: readonly RouteOptions[],
  version: string,
): Promise<string> {
  const app = fastify({ exposeHeadRoutes: false });
  // Nobody calls these routes: their schemas are for reading.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, {
    openapi: documentFrame(version),
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      return {
        url,
        schema: complete(schema as JsonSchema | undefined, route.route),
      };
    },
    transformObject: jsonSchemaTransformObject,
  });
  for (const { method, url, schema = {}, config = {}, handler } of routes) {
    app.route({ method, url, schema, config, handler });
  }
  await app.ready();
  const document = JSON.stringify(app.swagger());
  await app.close();
  return document;
}

/** Adds what follows from a route's configuration: its problems, its key, its `Idempotency-Key`. */
function complete(schema: JsonSchema | undefined, { config = {} }: RouteOptions): JsonSchema {
  if (schema?.hide === true) return schema;
  const response = schema?.response as JsonSchema | undefined;
  return {
    ...schema,
    response: { ...response, default: PROBLEM_RESPONSE },
    ...(config.public === true ? { security: [] } : {}),
    ...(config.idempotent === true ? { headers: IDEMPOTENCY_KEY_HEADER } : {}),
  };
}

/** Everything of the document that is not a route. */
function documentFrame(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tender',
      version,
      description:
        'One API in front of several payment gateways. Amounts are whole numbers of minor units of their currency. ' +
        'Every answer that says no is a problem document; /docs/problems lists them all. Where requests are traced, an ' +
        'answer names its trace in `X-Trace-Id`, which is the one of `traceparent` where the request has that.',
    },
    servers: [{ url: '/', description: 'This server' }],
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, such as tk_test_...' },
      },
    },
    security: [{ apiKey: [] }],
  } as NonNullable<FastifyDynamicSwaggerOptions['openapi']>;
}
