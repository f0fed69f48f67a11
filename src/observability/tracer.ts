/**
 * What the parts of Tender that are told of in traces need of tracing. Where it is off there is no tracer, and nothing
 * here is called.
 */
export interface Tracer {
  /** Opens a span that belongs elsewhere than to the work under way. It has to be ended. */
  open(start: SpanStart, origin: Origin): OpenSpan;
  /** Does the work in such a span, and ends it. What the work throws is thrown. */
  begin<T>(start: SpanStart, origin: Origin, work: (span: Span) => Promise<T>): Promise<T>;
  /** Does the work in a span below the one under way. Where none is, it is done without a span. */
  part<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T>;
  /** The span under way as W3C Trace Context writes it; `null` where none is. */
  traceparent(): string | null;
  /** The id of the trace under way, for the log. */
  traceId(): string | null;
  /** Sends what is left, as far as the collector takes it at once. Never rejects. */
  close(): Promise<void>;
}

/** What is known of a span when it begins. Neither may hold anything of a customer, a card or a secret. */
export interface SpanStart {
  /** One of few: a route, an operation, a statement. */
  name: string;
  kind: 'server' | 'client' | 'consumer' | 'internal';
  attributes?: Attributes;
}

export type Attributes = Readonly<Record<string, string | number>>;

/** Where a span belongs, as W3C Trace Context writes it. What is not well-formed counts as not there. */
export interface Origin {
  /** The span that it goes on from; `null` begins a trace. */
  parent: string | null;
  /** A span of another trace that has to do with it. */
  link?: string | null;
}

/** A span that has begun. */
export interface Span {
  readonly traceId: string;
  describe(attributes: Attributes): void;
  /** @param type what went wrong, in a word: messages may quote what was sent */
  fail(type: string): void;
}

/** A span whose end somebody else decides. */
export interface OpenSpan extends Span {
  /** Does the work, and all that follows from it, in this span. */
  enter<T>(work: () => T): T;
  end(): void;
}
