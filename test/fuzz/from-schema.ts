import { ODD_VALUES } from './damage.ts';
import type { Random } from './random.ts';

/** JSON Schema, as far as the OpenAPI document uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema | boolean;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  examples?: unknown[];
}

/** What a member of this name usually holds: it is tried first where the schema takes it. */
export type Samples = Readonly<Record<string, readonly unknown[]>>;

/** A value that the schema takes, as far as it can be made from it; members that may be missing often are. */
export function fromSchema(random: Random, schema: Schema, samples: Samples, name = ''): unknown {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fromSchema(random, random.pick(choices), samples, name);
  if (schema.allOf) {
    const parts = schema.allOf.map((part) => fromSchema(random, part, samples, name));
    return Object.assign({}, ...parts) as unknown;
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
  const fitting = (samples[name] ?? []).filter((value) => fits(value, type, schema));
  if (fitting.length > 0 && !random.onceIn(4)) return random.pick(fitting);
  switch (type) {
    case 'object':
      return objectFrom(random, schema, samples);
    case 'array': {
      const items = typeof schema.items === 'object' ? schema.items : {};
      const least = schema.minItems ?? 0;
      const length = least + random.below(Math.min((schema.maxItems ?? 4) - least, 4) + 1);
      return Array.from({ length }, () => fromSchema(random, items, samples, name));
    }
    case 'integer':
    case 'number': {
      const least = schema.minimum ?? (schema.exclusiveMinimum ?? -1) + 1;
      const most = Math.min(schema.maximum ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      const span = random.pick([1, 10, 10_000, most - least + 1]);
      return Math.min(most, least + random.below(span));
    }
    case 'boolean':
      return random.onceIn(2);
    case 'null':
      return null;
    case 'string':
      return textFrom(random, schema);
    default:
      return random.pick(ODD_VALUES);
  }
}

function objectFrom(random: Random, schema: Schema, samples: Samples): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (schema.required?.includes(name) !== true && random.onceIn(2)) continue;
    made[name] = fromSchema(random, member, samples, name);
  }
  if (typeof schema.additionalProperties === 'object') {
    for (let more = random.below(3); more > 0; more -= 1) {
      const name = random.pick(['stripe', 'square', 'a', 'order', 'é', '💶'.repeat(20)]);
      made[name] = fromSchema(random, schema.additionalProperties, samples, name);
    }
  }
  return made;
}

const BY_FORMAT: Samples = {
  'date-time': ['2026-01-01T00:00:00Z', '2026-12-31T23:59:59.999Z', '2024-02-29T12:00:00Z'],
  date: ['2026-01-01', '2024-02-29'],
  email: ['jo@shop.example'],
  uri: ['https://shop.example/back?order=1'],
};
const TEXTS: readonly string[] = [
  ...['a', 'A-1', 'two books', '1', '0.30', '2.9', 'EUR', 'é 💶', 'x'.repeat(40), 'stripe'],
  ...['pay_00000000000000000000000000', 'visa', '10.0.0.0/8', 'https://shop.example'],
];

function textFrom(random: Random, schema: Schema): string {
  const fitting = [...(BY_FORMAT[schema.format ?? ''] ?? []), ...(schema.examples ?? []), ...TEXTS]
    .filter((text) => typeof text === 'string')
    .filter((text) => fits(text, 'string', schema));
  if (fitting.length > 0) return random.pick(fitting);
  return 'x'.repeat(schema.minLength ?? 1);
}

function fits(value: unknown, type: string | undefined, schema: Schema): boolean {
  if (typeof value === 'string') {
    return (
      type === 'string' &&
      value.length >= (schema.minLength ?? 0) &&
      value.length <= (schema.maxLength ?? Infinity) &&
      (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value))
    );
  }
  if (typeof value === 'number') {
    const isNumeric = type === 'integer' || type === 'number';
    return isNumeric && value >= (schema.minimum ?? -Infinity);
  }
  return type === 'object' && typeof value === 'object';
}
