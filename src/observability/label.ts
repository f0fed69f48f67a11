/** What a gateway may name: an event type, an error code, an operation. */
const NAME = /^[\w.:-]{1,64}$/;

/**
 * A label value that comes from outside, made safe for a metric: what has not the form of a name becomes `other`, so
 * that no text of a stranger's making becomes a time series.
 */
export function labelOf(value: string): string {
  return NAME.test(value) ? value : 'other';
}
