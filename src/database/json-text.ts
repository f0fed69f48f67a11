/** A value for a column of JSON, as text: what is absent is NULL, not JSON's null. Cast it with `::jsonb`. */
export function jsonText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
