/**
 * A value for a column of JSON, as text: the driver takes a value and its absence for two types, and would prepare the
 * statement once for each. Cast it with `::text::jsonb`.
 */
export function jsonText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
