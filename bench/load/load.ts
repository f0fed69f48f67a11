import { answerQuestions } from '../child.ts';
import { paymentRequest, type PaymentTarget } from '../payments/requests.ts';
import { signEvent, type SignedEvent } from '../webhooks/events.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { pace, saturate } from './rhythm.ts';

export type LoadQuestion =
  /** Delivers new, signed events, each once, as fast as they are taken. */
  | {
      kind: 'deliver';
      url: string;
      path: string;
      secret: string;
      events: number;
      connections: number;
      seconds: number;
    }
  /** Takes payments as fast as they are answered. */
  | { kind: 'saturate'; target: PaymentTarget; connections: number; seconds: number }
  /** Takes payments at a steady rate. */
  | { kind: 'pace'; target: PaymentTarget; perSecond: number; seconds: number };

export interface LoadAnswer {
  /** The ids of the events that were acknowledged; empty where payments were taken. */
  acknowledged: string[];
  /** How many requests were answered. */
  count: number;
  perSecond: number;
  /** How long each payment took; empty where the rate was not given. */
  latenciesMs: number[];
}

/** How many paced requests may be under way at once: never reached unless the target stands still. */
const PACED_CONNECTIONS = 64;

/** The load, in a process of its own. It fails where a single request is refused. */
answerQuestions<LoadQuestion, LoadAnswer>(async (question) => {
  switch (question.kind) {
    case 'deliver':
      return deliver(question);
    case 'saturate': {
      const { target, connections: concurrency, seconds } = question;
      const { count, perSecond } = await withClient(target.url, concurrency, (client) =>
        saturate(() => client.post(paymentRequest(target)), { concurrency, seconds }),
      );
      return { acknowledged: [], count, perSecond, latenciesMs: [] };
    }
    case 'pace': {
      const { target, perSecond, seconds } = question;
      const latenciesMs = await withClient(target.url, PACED_CONNECTIONS, (client) =>
        pace(() => client.post(paymentRequest(target)), { perSecond, seconds }),
      );
      return { acknowledged: [], count: latenciesMs.length, perSecond, latenciesMs };
    }
  }
});

async function deliver(question: LoadQuestion & { kind: 'deliver' }): Promise<LoadAnswer> {
  const { url, path, secret, connections: concurrency, seconds } = question;
  // Signing takes time that is not the receiver's, so it is done before the clock runs.
  const events = Array.from({ length: question.events }, () => signEvent(path, secret));
  const deliverOne = (client: HttpClient, event: SignedEvent | undefined) =>
    event ? client.post(event.request) : Promise.reject(new Error('there is no such event'));
  const { count, perSecond } = await withClient(url, concurrency, (client) =>
    saturate((index) => deliverOne(client, events[index]), {
      concurrency,
      seconds,
      works: events.length,
    }),
  );
  const acknowledged = events.slice(0, count).map(({ id }) => id);
  return { acknowledged, count, perSecond, latenciesMs: [] };
}

async function withClient<T>(
  url: string,
  connections: number,
  use: (client: HttpClient) => Promise<T>,
): Promise<T> {
  const client = await createHttpClient(url, connections);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
