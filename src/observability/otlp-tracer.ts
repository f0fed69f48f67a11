import { AsyncLocalStorage } from 'node:async_hooks';
import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { maskText } from './redact.ts';
import { createSampler, type Sampling } from './sampler.ts';
import type { Attributes, OpenSpan, Origin, Span, SpanStart, Tracer } from './tracer.ts';
import { within } from './within.ts';

export interface OtlpTracerOptions {
  /** Where the collector takes traces in, path included. */
  url: string;
  headers: Readonly<Record<string, string>>;
  service: string;
  version: string;
  sampling: Sampling;
  /** Told that spans were lost, as the collector did not take them. */
  onLost: (error: Error) => void;
}

/** How long spans are gathered before they are sent, in milliseconds. */
const GATHER_MS = 1_000;
/** How many spans are kept for a collector that does not answer; what is more is dropped. */
const MAX_WAITING = 4_096;
/** How long the collector may take for what is sent to it, and for what is left at the end, in milliseconds. */
const EXPORT_MS = 5_000;
const CLOSE_MS = 2_000;
const MAX_VALUE_LENGTH = 256;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const satisfies Record<SpanStart['kind'], SpanKind>;

/**
 * Tells of spans to an OpenTelemetry collector, in OTLP over HTTP. Spans are sent behind the work, never during it: a
 * collector that is slow or away costs spans and nothing else.
 */
export function createOtlpTracer(options: OtlpTracerOptions): Tracer {
  const provider = new TracerProvider({
    sampler: createSampler(options.sampling),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.version': options.version,
      'process.pid': process.pid,
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: tellingOfLosses(
          new OTLPTraceExporter({
            url: options.url,
            headers: { ...options.headers },
            timeoutMillis: EXPORT_MS,
          }),
          options.onLost,
        ),
        scheduledDelayMillis: GATHER_MS,
        exportTimeoutMillis: EXPORT_MS,
        maxQueueSize: MAX_WAITING,
      }),
    ],
  });
  return new OtlpTracer(provider.getTracer('tender', options.version), () => provider.shutdown());
}

function tellingOfLosses(exporter: SpanExporter, onLost: (error: Error) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) onLost(result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** The span under way is kept beside the work, and in no global of the library. */
class OtlpTracer implements Tracer {
  readonly #tracer: OtelTracer;
  readonly #shutDown: () => Promise<void>;
  readonly #underWay = new AsyncLocalStorage<SpanUnderWay>();

  constructor(tracer: OtelTracer, shutDown: () => Promise<void>) {
    this.#tracer = tracer;
    this.#shutDown = shutDown;
  }

  open(start: SpanStart, { parent, link = null }: Origin): OpenSpan {
    const from = parent === null ? null : parseTraceparent(parent);
    const linked = link === null ? null : parseTraceparent(link);
    const context = from === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, from);
    return this.#start(start, context, linked);
  }

  begin<T>(start: SpanStart, origin: Origin, work: (span: Span) => Promise<T>): Promise<T> {
    return doWithin(this.open(start, origin), work);
  }

  part<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T> {
    const parent = this.#underWay.getStore();
    // One that has ended began what goes on for ever, such as a timer; one that is not sampled is told of to nobody.
    if (!parent?.span.isRecording()) return work(NO_SPAN);
    return doWithin(this.#start(start, trace.setSpan(ROOT_CONTEXT, parent.span), null), work);
  }

  traceparent(): string | null {
    const context = this.#underWay.getStore()?.span.spanContext();
    return context === undefined ? null : formatTraceparent(context);
  }

  traceId(): string | null {
    return this.#underWay.getStore()?.traceId ?? null;
  }

  async close(): Promise<void> {
    await within(this.#shutDown(), CLOSE_MS).catch(() => undefined);
  }

  #start({ name, kind, attributes = {} }: SpanStart, context: Context, link: SpanContext | null) {
    const span = this.#tracer.startSpan(
      name,
      {
        kind: KINDS[kind],
        attributes: masked(attributes),
        ...(link === null ? {} : { links: [{ context: link }] }),
      },
      context,
    );
    return new SpanUnderWay(span, this.#underWay);
  }
}

class SpanUnderWay implements OpenSpan {
  readonly span: OtelSpan;
  readonly traceId: string;
  readonly #underWay: AsyncLocalStorage<SpanUnderWay>;

  constructor(span: OtelSpan, underWay: AsyncLocalStorage<SpanUnderWay>) {
    this.span = span;
    this.traceId = span.spanContext().traceId;
    this.#underWay = underWay;
  }

  describe(attributes: Attributes): void {
    this.span.setAttributes(masked(attributes));
  }

  fail(type: string): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.describe({ 'error.type': type });
  }

  enter<T>(work: () => T): T {
    return this.#underWay.run(this, work);
  }

  end(): void {
    this.span.end();
  }
}

const NO_SPAN: Span = { traceId: '', describe: () => undefined, fail: () => undefined };

async function doWithin<T>(span: OpenSpan, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await span.enter(() => work(span));
  } catch (error) {
    span.fail(error instanceof Error ? error.name : 'unknown');
    throw error;
  } finally {
    span.end();
  }
}

/** Attributes are names and ids; should a secret or a card number ever get among them, it is masked as in the log. */
function masked(attributes: Attributes): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === 'string' ? maskText(value) : value,
    ]),
  );
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/;

/** Source: https://www.w3.org/TR/trace-context/#traceparent-header */
function parseTraceparent(text: string): SpanContext | null {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(text) ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : null;
}

function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}
