import { Pool, type Dispatcher } from 'undici';

/** One HTTP request to a gateway. Never retried, redirected, cached or compressed. */
export interface GatewayRequest {
  /** Scheme, host and port, such as `https://api.stripe.com`. */
  origin: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, starting with `/`. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
}

/** What became of one request: the one thing that no HTTP library tells plainly. */
export type Exchange =
  | {
      kind: 'answered';
      status: number;
      /** Names in lower case. */
      headers: Readonly<Record<string, string | string[] | undefined>>;
      body: string;
    }
  /** Certain: not one byte of the request was handed to a connection. */
  | { kind: 'not_sent'; code: string; message: string }
  /** The request was handed to a connection, and no whole answer came back. It may have been executed. */
  | { kind: 'no_answer'; code: string; message: string };

export interface Transport {
  /** Sends once and settles within the total timeout, whatever happens; it never rejects. */
  send(request: GatewayRequest): Promise<Exchange>;
  /** Refuses what is new, waits for what was accepted, and closes the connections. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** For DNS, TCP and TLS together, a second more or less. */
  connectTimeoutMs: number;
  /** From the call of `send` to the last byte of the answer, waiting for a connection included. */
  totalTimeoutMs: number;
  connectionsPerOrigin?: number;
  /** Requests that may wait for a free connection; one more is `not_sent`. */
  waitingPerOrigin?: number;
  maxAnswerBytes?: number;
  /** Certificates (PEM) to trust in place of those that the runtime trusts. */
  certificateAuthority?: string;
}

/**
 * How long an idle connection is kept where the gateway does not say. Well under the 60 s and more after which load
 * balancers close theirs: a request that meets such a close is a payment of unknown outcome.
 */
const KEEP_ALIVE_MS = 20_000;

/** Names of our own where the library's would puzzle an operator. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['UND_ERR_SOCKET', 'connection_closed'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'answer_cut_off'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'answer_too_large'],
  ['UND_ERR_HEADERS_OVERFLOW', 'answer_too_large'],
]);

/**
 * The one way to call a gateway.
 *
 * TLS is verified whatever the environment says, there is no retry of any kind, and every outcome says whether the
 * request was sent. Connections are kept alive and bounded per origin.
 */
export function createTransport(options: TransportOptions): Transport {
  const lanes = new Map<string, Lane>();
  const inFlight = new Set<Promise<Exchange>>();
  let closed: Promise<unknown> | null = null;

  const laneTo = (origin: string): Lane => {
    const lane = lanes.get(origin) ?? new Lane(origin, options);
    lanes.set(origin, lane);
    return lane;
  };

  return {
    send(request) {
      if (closed) return Promise.resolve(notSent('closing', 'The process is shutting down'));
      const exchange = laneTo(request.origin).send(request);
      inFlight.add(exchange);
      void exchange.then(() => inFlight.delete(exchange));
      return exchange;
    },
    async close() {
      closed ??= Promise.all(inFlight).then(() =>
        Promise.all([...lanes.values()].map((lane) => lane.close())),
      );
      await closed;
    },
  };
}

/**
 * The connections to one origin and the calls that wait for one.
 *
 * The waiting is ours rather than the pool's, because a request cannot be taken back from the pool's queue: after its
 * caller was told `not_sent` it would still come up, and stopping it there costs a connection.
 */
class Lane {
  readonly #pool: Pool;
  readonly #totalTimeoutMs: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Call>();
  #free: number;

  constructor(origin: string, options: TransportOptions) {
    const { certificateAuthority: ca, connectionsPerOrigin: connections = 64 } = options;
    this.#free = connections;
    this.#maxWaiting = options.waitingPerOrigin ?? 1024;
    this.#totalTimeoutMs = options.totalTimeoutMs;
    this.#pool = new Pool(origin, {
      connections,
      // One request per connection at a time: the library resends pipelined ones after a close.
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The total timeout of each call stands in for these two.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: options.maxAnswerBytes ?? 4 * 1024 * 1024,
      connect: {
        timeout: options.connectTimeoutMs,
        // Said out loud, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      },
    });
  }

  send(request: GatewayRequest): Promise<Exchange> {
    return new Promise((resolve) => {
      if (this.#free === 0 && this.#waiting.size >= this.#maxWaiting) {
        resolve(notSent('queue_full', `${this.#maxWaiting} requests wait for a connection`));
        return;
      }
      const call: Call = new Call(request, this.#totalTimeoutMs, {
        settled: (exchange) => {
          this.#waiting.delete(call);
          resolve(exchange);
        },
        connectionLeft: () => this.#release(),
      });
      if (this.#free > 0) this.#dispatch(call);
      else this.#waiting.add(call);
    });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #dispatch(call: Call): void {
    this.#free -= 1;
    const { method, path, headers, body } = call.request;
    this.#pool.dispatch({ method, path, headers, body, idempotent: false }, call);
  }

  #release(): void {
    this.#free += 1;
    const next = this.#waiting.values().next();
    if (next.done) return;
    this.#waiting.delete(next.value);
    this.#dispatch(next.value);
  }
}

interface CallEvents {
  /** The outcome is known. Runs exactly once. */
  settled(exchange: Exchange): void;
  /** The call is through with its connection, which may be later. Runs once if it was dispatched. */
  connectionLeft(): void;
}

/** One request on its way. The library reports to the `on...` methods, which decide what became of it. */
class Call implements Dispatcher.DispatchHandler {
  readonly request: GatewayRequest;
  readonly #events: CallEvents;
  readonly #timer: NodeJS.Timeout;
  readonly #body: Buffer[] = [];
  #status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #sent: Dispatcher.DispatchController | null = null;
  #settled = false;

  constructor(request: GatewayRequest, timeoutMs: number, events: CallEvents) {
    this.request = request;
    this.#events = events;
    this.#timer = setTimeout(() => {
      this.#fail('timeout', `No whole answer within ${timeoutMs} ms`);
      this.#sent?.abort(new Error('timeout'));
    }, timeoutMs);
  }

  /**
   * The library calls this immediately before it writes the request to a connection, and does not write when it is
   * aborted from within. So this is the line between `not_sent` and `no_answer`.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#sent !== null) this.#fail('resend_refused', 'The connection was lost');
    if (this.#settled) controller.abort(new Error('not wanted any more'));
    else this.#sent = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 103 Early Hints and the like come before the answer itself, which replaces them.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle({
      kind: 'answered',
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#body).toString('utf8'),
    });
    this.#events.connectionLeft();
  }

  onResponseError(
    _controller: Dispatcher.DispatchController,
    error: Error & { code?: string },
  ): void {
    const code = error.code ?? error.name;
    this.#fail(CODES.get(code) ?? code, error.message || code);
    this.#events.connectionLeft();
  }

  #fail(code: string, message: string): void {
    this.#settle(this.#sent ? { kind: 'no_answer', code, message } : notSent(code, message));
  }

  #settle(exchange: Exchange): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#events.settled(exchange);
  }
}

function notSent(code: string, message: string): Exchange {
  return { kind: 'not_sent', code, message };
}
