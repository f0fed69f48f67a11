import { Pool, type Dispatcher } from 'undici';

/** One request of the load. */
export interface LoadRequest {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface HttpClient {
  /**
   * Resolves once the whole answer has come.
   *
   * @throws where it is not 2xx: a contestant that refuses is not measured
   */
  post(request: LoadRequest): Promise<void>;
  close(): Promise<void>;
}

/** Connections that are kept alive, each with one request at a time. */
export function createHttpClient(url: string, connections: number): HttpClient {
  const pool = new Pool(url, { connections, pipelining: 1 });
  return {
    post({ path, headers, body }) {
      return new Promise((resolve, reject) => {
        pool.dispatch({ method: 'POST', path, headers, body }, new Wait(resolve, reject));
      });
    },
    close: () => pool.close(),
  };
}

/** The least that the library can be asked to do, since the load shares the processor with what it measures. */
class Wait implements Dispatcher.DispatchHandler {
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #status = 0;
  #refusal = '';

  constructor(resolve: () => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#status < 200 || this.#status > 299) this.#refusal += chunk.toString();
  }

  onResponseEnd(): void {
    if (this.#status >= 200 && this.#status < 300) this.#resolve();
    else this.#reject(new Error(`HTTP ${this.#status}: ${this.#refusal}`));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}
