import type { Exchange, GatewayRequest, Transport } from '../../../src/gateways/transport.ts';
import type { WireAnswer, WireRequest } from './openapi.ts';

/** What an adapter really sent, and the answer it got. */
export interface Recording {
  request: WireRequest;
  headers: GatewayRequest['headers'];
  answer: WireAnswer;
}

/** A transport that sends as `transport` does and keeps every exchange in `recordings`. */
export function recordTransport(transport: Transport, recordings: Recording[]): Transport {
  return {
    close: () => transport.close(),
    async send(request) {
      const exchange = await transport.send(request);
      recordings.push(recordingOf(request, exchange));
      return exchange;
    },
  };
}

function recordingOf(
  { method, path, headers, body }: GatewayRequest,
  exchange: Exchange,
): Recording {
  if (exchange.kind !== 'answered') throw new Error(`${method} ${path}: ${exchange.message}`);
  const lowerCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const contentType = lowerCase['content-type'] ?? null;
  const { status, body: answered } = exchange;
  return {
    request: { method, path, contentType, body },
    headers: lowerCase,
    answer: { status, body: answered },
  };
}
