import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { TenderProcess } from '../../support/tender-processes.ts';
import type { NginxAnswer } from './nginx.ts';

/** One kind of request, sent over and over by a caller of its own. */
export interface Load {
  name: string;
  send: () => Promise<NginxAnswer>;
  expected: number;
}

export interface RestartReport {
  answered: number;
  answeredByName: Map<string, number>;
  /** What was answered otherwise than expected, or not at all. */
  failed: string[];
}

/** How long a caller waits between two requests while an API starts, which takes most of the time. */
const PAUSE_MS = 250;

/**
 * Restarts one API after the other while requests keep coming; the next one goes only once the one before has its share of
 * the requests again, as a rollout does it.
 */
export async function restartInTurn({
  apis,
  restarts,
  requests,
}: {
  apis: readonly TenderProcess[];
  restarts: number;
  requests: readonly Load[];
}): Promise<RestartReport> {
  const failed: string[] = [];
  const answeredByName = new Map<string, number>();
  let answered = 0;
  let over = false;
  let pauseMs = 0;
  const call = async ({ name, send, expected }: Load) => {
    while (!over) {
      try {
        const { status, text } = await send();
        answered += 1;
        if (status !== expected) failed.push(`${name}: ${status} ${text.slice(0, 300)}`);
        else answeredByName.set(name, (answeredByName.get(name) ?? 0) + 1);
      } catch (error) {
        failed.push(`${name}: ${String(error)}`);
      }
      await delay(pauseMs);
    }
  };
  // Two callers of each kind keep connections open, busy and idle.
  const callers = [...requests, ...requests].map(call);
  try {
    for (let restart = 0; restart < restarts; restart += 1) {
      const api = apis[restart % apis.length];
      if (!api) throw new Error('there is nothing to restart');
      // It goes while all callers press, one request right after the other.
      pauseMs = 0;
      const before = answered;
      await eventually(() => {
        if (answered < before + callers.length) throw new Error('callers still wait');
      }, 60_000);
      const exitCode = await api.stop();
      if (exitCode !== 0) failed.push(`an API ended with ${exitCode}`);
      pauseMs = PAUSE_MS;
      await api.start();
      await eventually(async () => {
        const metrics = await (await fetch(`${api.metricsUrl}/metrics`)).text();
        if (!metrics.includes('route="/api/v1/payments"')) throw new Error('it gets no requests');
      }, 60_000);
    }
  } finally {
    over = true;
    await Promise.all(callers);
  }
  return { answered, answeredByName, failed };
}
