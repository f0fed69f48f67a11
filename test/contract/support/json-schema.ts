/** A schema as an OpenAPI 3.0 document writes it, or as JSON Schema does: the keywords are looked at one by one. */
export type Schema = Readonly<Record<string, unknown>>;

/** The id of the schema whose `$defs` are the converted components. */
export const DOCUMENT = 'document';

/** The name there of a component as a part of an `allOf`. */
export const openName = (name: string): string => `open:${name}`;

const COMPONENT = '#/components/schemas/';

/** Keywords that mean the same in both languages and hold no schema. */
const SAME =
  'type enum required pattern minLength maxLength minimum maximum multipleOf minItems maxItems uniqueItems ' +
  'minProperties maxProperties';

/** Keywords that say nothing about which JSON is valid, `format` among them: published formats are loose. */
const SILENT =
  'title description default example examples format discriminator readOnly writeOnly deprecated xml externalDocs';

const KEPT = new Set(SAME.split(' '));
const DROPPED = new Set(SILENT.split(' '));
const COMBINATIONS = ['allOf', 'anyOf', 'oneOf'] as const;

/**
 * Turns a schema of OpenAPI 3.0 into JSON Schema 2019-09, and closes it: a property that it does not name is
 * refused wherever the schema does not allow others itself. A keyword that is not known here throws, so that
 * no rule is ever passed over in silence.
 *
 * @param isPart whether this is one part of an `allOf`, which must let the properties of the others pass
 */
export function toJsonSchema(schema: Schema, isPart = false): Schema {
  const reference = schema['$ref'];
  // Whatever stands beside a reference is to be ignored in OpenAPI 3.0.
  if (typeof reference === 'string') return { $ref: toDefinition(reference, isPart) };
  const converted: Record<string, unknown> = {};
  const isMixed = COMBINATIONS.some((keyword) => schema[keyword] !== undefined);
  for (const [keyword, value] of Object.entries(schema)) {
    if (KEPT.has(keyword)) converted[keyword] = value;
    else if (keyword === 'properties') converted[keyword] = convertProperties(value as Schema);
    else if (keyword === 'items') converted[keyword] = toJsonSchema(value as Schema);
    else if (keyword === 'additionalProperties') {
      converted[keyword] = typeof value === 'object' ? toJsonSchema(value as Schema) : value;
    } else if (keyword === 'allOf' || keyword === 'anyOf' || keyword === 'oneOf') {
      const arePartial = isPart || keyword === 'allOf' || schema['properties'] !== undefined;
      converted[keyword] = (value as Schema[]).map((one) => toJsonSchema(one, arePartial));
    } else if (keyword !== 'nullable' && !DROPPED.has(keyword) && !keyword.startsWith('x-')) {
      throw new Error(`The keyword ${keyword} is not known to this reader of OpenAPI`);
    }
  }
  if (!isPart) close(converted, isMixed);
  return schema['nullable'] === true ? orNull(converted) : converted;
}

function toDefinition(reference: string, isPart: boolean): string {
  if (!reference.startsWith(COMPONENT)) throw new Error(`${reference} is not a component schema`);
  const name = reference.slice(COMPONENT.length);
  return `${DOCUMENT}#/$defs/${isPart ? openName(name) : name}`;
}

function convertProperties(properties: Schema): Schema {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, toJsonSchema(schema as Schema)]),
  );
}

function close(schema: Record<string, unknown>, isMixed: boolean): void {
  if (schema['additionalProperties'] !== undefined) return;
  if (schema['allOf'] !== undefined || (isMixed && schema['properties'] !== undefined)) {
    schema['unevaluatedProperties'] = false;
  } else if (schema['properties'] !== undefined) {
    schema['additionalProperties'] = false;
  }
}

function orNull(schema: Schema): Schema {
  const { type, enum: choices, ...rest } = schema;
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const nullable = { ...rest, type: [type, 'null'] };
  return Array.isArray(choices)
    ? { ...nullable, enum: [...(choices as unknown[]), null] }
    : nullable;
}
