import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it came to the collector. */
export interface CollectedSpan {
  name: string;
  service: string;
  traceId: string;
  spanId: string;
  /** Empty where the span begins a trace. */
  parentSpanId: string;
  /** As OTLP counts them: 1 internal, 2 server, 3 client, 5 consumer. */
  kind: number;
  attributes: Record<string, string | number | undefined>;
  links: { traceId: string; spanId: string }[];
  failed: boolean;
}

/** An OpenTelemetry collector that keeps what it gets, for looking into it. */
export interface TraceCollector {
  url: string;
  spans: CollectedSpan[];
  /** Everything that came, as it came. */
  texts: string[];
  /** The headers of each request. */
  headers: IncomingMessage['headers'][];
  /** From now on requests get no answer. */
  hang(): void;
  /** How many requests wait for an answer that does not come. */
  readonly held: number;
  close(): Promise<void>;
}

interface OtlpValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
}
type OtlpAttributes = { key: string; value: OtlpValue }[];
interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  attributes?: OtlpAttributes;
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}
interface OtlpBody {
  resourceSpans: {
    resource: { attributes: OtlpAttributes };
    scopeSpans: { spans: OtlpSpan[] }[];
  }[];
}

const STATUS_ERROR = 2;

/** Starts a collector that takes traces in OTLP over HTTP, as JSON, on a free port. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const texts: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const held: ServerResponse[] = [];
  let hangs = false;
  const server = createServer((request, response) => {
    headers.push(request.headers);
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      if (hangs) return void held.push(response);
      const isTraces = request.method === 'POST' && request.url === '/v1/traces';
      if (!isTraces) return void response.writeHead(404).end();
      texts.push(text);
      spans.push(...spansOf(JSON.parse(text) as OtlpBody));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    texts,
    headers,
    hang: () => void (hangs = true),
    get held() {
      return held.length;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function spansOf({ resourceSpans }: OtlpBody): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)['service.name']);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(
        ({
          name,
          traceId,
          spanId,
          parentSpanId = '',
          kind,
          attributes = [],
          links = [],
          status,
        }) => ({
          name,
          service,
          traceId,
          spanId,
          parentSpanId,
          kind,
          attributes: attributesOf(attributes),
          links,
          failed: status?.code === STATUS_ERROR,
        }),
      );
  });
}

function attributesOf(list: OtlpAttributes): CollectedSpan['attributes'] {
  return Object.fromEntries(
    list.map(({ key, value }) => [
      key,
      value.stringValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );
}
