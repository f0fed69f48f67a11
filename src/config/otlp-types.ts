import { z } from 'zod';
import { Secret } from './secret.ts';
import { described } from './value-types.ts';

/** The samplers of the OpenTelemetry specification that Tender has, by their names. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type SamplerName = (typeof SAMPLERS)[number];

/** The address of an OpenTelemetry collector, below which traces have a path of their own. */
export function otlpEndpoint() {
  return described('an http or https URL, such as http://otel-collector:4318', (error) =>
    z
      .string()
      .refine((text) => URL.canParse(text) && /^https?:\/\/[^\s@?#]+$/.test(text), error)
      .transform((text) => text.replace(/\/$/, '')),
  );
}

/** Headers for the collector, which are a secret since they carry its credentials. */
export function otlpHeaders() {
  return described('a list of name=value, separated by commas, percent-encoded', (error) =>
    z
      .string()
      .refine((text) => parseHeaders(text) !== null, error)
      .transform((text) => new Secret(text)),
  );
}

/** What the setting says, each value by the name of its header. */
export function readOtlpHeaders(headers: Secret | null): Readonly<Record<string, string>> {
  return headers === null ? {} : (parseHeaders(headers.reveal()) ?? {});
}

/** Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables */
function parseHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*((?:[^\s%]|%[\da-fA-F]{2})*)\s*$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return null;
    headers[name] = decodeURIComponent(value);
  }
  return headers;
}
