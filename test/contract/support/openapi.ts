import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { decodeForm } from './form.ts';
import { DOCUMENT, openName, toJsonSchema, type Schema } from './json-schema.ts';

/** A request or an answer that was really on the wire; headers are named in lower case. */
export interface WireRequest {
  method: string;
  /** Path and query. */
  path: string;
  contentType: string | null;
  body: string | null;
}

export interface WireAnswer {
  status: number;
  body: string;
}

/** What was asked for, with every value in the type that the document gives it. */
export interface ReadRequest {
  parameters: Record<string, unknown>;
  /** What the document has against the request; empty where it is valid. */
  problems: string[];
}

/** One operation of a document, such as `POST /v1/refunds/{refund}`. */
export interface Operation {
  readonly name: string;
  /** What the body may hold, or the query where there is no body; references are those of the document. */
  readonly parameters: Schema;
  /** Checks path, query and body of a request. A parameter that is not described is a problem. */
  readRequest(request: WireRequest): ReadRequest;
  /** What the document has against an answer; a field that is not described is a problem. */
  checkAnswer(answer: WireAnswer): string[];
}

export interface OpenApi {
  readonly operations: readonly Operation[];
  /** The operation that a request asks for, or `null` where the document knows none. */
  find(method: string, path: string): Operation | null;
  /** What the document has against `value` as one of its component schemas. */
  checkObject(schema: string, value: unknown): string[];
  /** The component schema of this name as it stands in the document. */
  schema(name: string): Schema | null;
}

/** Something that the published document does not have yet. */
export interface Addition {
  /** The way to it through the document, from key to key. */
  at: readonly string[];
  value: unknown;
  /** Why it is right although the document does not have it. */
  reason: string;
}

interface Document {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema> };
}

interface OperationObject {
  parameters?: { in: string; name: string; required?: boolean; schema?: Schema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const FORM = 'application/x-www-form-urlencoded';

/**
 * Reads an OpenAPI 3.0 document with what is newer than it. Throws for an addition that is in the document already:
 * it is not newer then.
 */
export function loadOpenApi(file: string, additions: readonly Addition[] = []): OpenApi {
  return readOpenApi(JSON.parse(readFileSync(file, 'utf8')) as unknown, additions);
}

/** As `loadOpenApi`, of a document that was parsed already, which the additions change. */
export function readOpenApi(json: unknown, additions: readonly Addition[] = []): OpenApi {
  for (const addition of additions) add(json, addition);
  const document = dereference(json, json) as Document;
  const validators = createValidators(document.components.schemas);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const described = item[method];
      if (described === undefined) return [];
      const pattern = new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
      const name = `${method.toUpperCase()} ${path}`;
      return [{ pattern, method, path, operation: describeOperation(name, described, validators) }];
    }),
  );
  const references = new Map(
    Object.keys(document.components.schemas).map((name) => [
      name,
      { $ref: `#/components/schemas/${name}` },
    ]),
  );
  // A fixed path goes before one with an open segment: `/search` is not an id.
  operations.sort((one, other) => one.path.split('{').length - other.path.split('{').length);
  return {
    operations: operations.map(({ operation }) => operation),
    find(method, path) {
      const [bare = ''] = path.split('?');
      const wanted = method.toLowerCase();
      const found = operations.find((one) => one.method === wanted && one.pattern.test(bare));
      return found?.operation ?? null;
    },
    checkObject(schema, value) {
      const reference = references.get(schema);
      if (reference === undefined) return [`there is no schema ${schema}`];
      return problemsOf(validators.json(reference), value);
    },
    schema: (name) => document.components.schemas[name] ?? null,
  };
}

function describeOperation(
  name: string,
  described: OperationObject,
  validators: Validators,
): Operation {
  const { parameters = [], requestBody, responses } = described;
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const query: Schema = {
    type: 'object',
    properties: Object.fromEntries(inQuery.map(({ name: key, schema }) => [key, schema ?? {}])),
    required: inQuery.filter(({ required }) => required === true).map(({ name: key }) => key),
  };
  const readBody = ({ body, contentType }: WireRequest): ReadRequest => {
    if (body === null || body === '') {
      const problems = requestBody?.required === true ? ['a body is required'] : [];
      return { parameters: {}, problems };
    }
    const [type = ''] = (contentType ?? '').split(';');
    const schema = requestBody?.content[type]?.schema;
    if (schema === undefined)
      return { parameters: {}, problems: [`no body of type "${type}" is described`] };
    const read = (type === FORM ? decodeForm(body) : JSON.parse(body)) as Record<string, unknown>;
    const validate = type === FORM ? validators.form(schema) : validators.json(schema);
    return { parameters: read, problems: problemsOf(validate, read) };
  };
  return {
    name,
    parameters:
      requestBody?.content[FORM]?.schema ??
      requestBody?.content['application/json']?.schema ??
      query,
    readRequest(request) {
      const asked = decodeForm(request.path.split('?')[1] ?? '');
      const inUrl = problemsOf(validators.form(query), asked);
      const body = readBody(request);
      return {
        parameters: { ...asked, ...body.parameters },
        problems: [...inUrl, ...body.problems],
      };
    },
    checkAnswer({ status, body }) {
      const response = responses[status] ?? responses['default'];
      if (response === undefined) return [`no answer ${status} is described`];
      const schema = response.content?.['application/json']?.schema;
      if (schema === undefined) return body === '' ? [] : [`answer ${status} has no JSON body`];
      return problemsOf(validators.json(schema), JSON.parse(body) as unknown);
    },
  };
}

interface Validators {
  json(schema: Schema): ValidateFunction;
  /** Texts become what the schema wants them to be, in place. */
  form(schema: Schema): ValidateFunction;
}

/** Compiles schemas when they are first needed, as a document holds many more than one test looks at. */
function createValidators(components: Record<string, Schema>): Validators {
  const definitions: Record<string, Schema> = {};
  for (const [name, schema] of Object.entries(components)) {
    definitions[name] = toJsonSchema(schema);
    definitions[openName(name)] = toJsonSchema(schema, true);
  }
  const options: Options = {
    allErrors: true,
    strictTypes: false,
    strictRequired: false,
    code: { optimize: false },
    // What is compiled is our own conversion; a keyword that is not JSON Schema is refused all the same.
    validateSchema: false,
    // The published patterns are written for engines without the `u` flag.
    unicodeRegExp: false,
  };
  const compilerOf = (ajv: Ajv | Ajv2019) => {
    ajv.addSchema({ $id: DOCUMENT, $defs: definitions });
    const compiled = new Map<Schema, ValidateFunction>();
    return (schema: Schema): ValidateFunction => {
      const validate = compiled.get(schema) ?? ajv.compile(toJsonSchema(schema));
      compiled.set(schema, validate);
      return validate;
    };
  };
  return {
    json: compilerOf(new Ajv2019(options)),
    // Unlike the newer dialect this one stops at the first branch of an `anyOf` that fits. The next branch would
    // turn the number that a text has become into a text again.
    form: compilerOf(new Ajv({ ...options, coerceTypes: true })),
  };
}

/** How many problems are told of one value: of the branches of an `anyOf` all but one are beside the point. */
const MAX_PROBLEMS = 5;

function problemsOf(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  const depth = (error: ErrorObject) => error.instancePath.split('/').length;
  const errors = (validate.errors ?? []).toSorted((one, other) => depth(other) - depth(one));
  return errors.slice(0, MAX_PROBLEMS).map(({ instancePath, message = '', params }) => {
    const { additionalProperty, unevaluatedProperty, allowedValues } = params as Record<
      string,
      unknown
    >;
    const detail = additionalProperty ?? unevaluatedProperty ?? allowedValues;
    const where = instancePath === '' ? 'the whole' : instancePath;
    return `${where} ${message}${detail === undefined ? '' : `: ${JSON.stringify(detail)}`}`;
  });
}

function add(json: unknown, { at, value }: Addition): void {
  let holder = json as Record<string, unknown>;
  for (const key of at.slice(0, -1)) {
    const next = holder[key];
    if (typeof next !== 'object' || next === null)
      throw new Error(`${at.join(' > ')} leads nowhere`);
    holder = next as Record<string, unknown>;
  }
  const last = at.at(-1) ?? '';
  if (Object.hasOwn(holder, last))
    throw new Error(`${at.join(' > ')} is not newer than the document`);
  holder[last] = value;
}

/** Puts shared parameters, bodies and responses in place of references to them; schemas stay references. */
function dereference(json: unknown, node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((one) => dereference(json, one));
  const reference = (node as Schema)['$ref'];
  if (typeof reference === 'string' && !reference.startsWith('#/components/schemas/')) {
    const keys = reference.slice(2).split('/');
    return dereference(
      json,
      keys.reduce<unknown>((at, key) => (at as Schema)[key], json),
    );
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, dereference(json, value)]),
  );
}
