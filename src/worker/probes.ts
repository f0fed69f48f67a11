import { setTimeout as sleep } from 'node:timers/promises';
import type { Breakers } from '../admin/breakers.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { newId } from '../ids.ts';

/** How often it is looked which gateways may be tried again, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * Tries gateways that are left alone, with a call that only reads, so that no customer has to be the one to find out.
 * What comes of the call reaches the breakers as that of any other does.
 */
export async function probeGateways(
  breakers: Pick<Breakers, 'probesDue' | 'claimProbe'>,
  gateways: ReadonlyMap<string, Gateway>,
  { stopped, onError }: { stopped: AbortSignal; onError: (error: unknown) => void },
): Promise<void> {
  while (!stopped.aborted) {
    for (const name of breakers.probesDue()) {
      const gateway = gateways.get(name);
      if (!gateway) continue;
      try {
        if (!(await breakers.claimProbe(name))) continue;
        await gateway.checkCredentials({ requestId: newId('req') });
      } catch (error) {
        onError(error);
      }
    }
    await sleep(LOOK_MS, undefined, { signal: stopped }).catch(() => undefined);
  }
}
