import { SANDBOX_KEYS } from '../../../src/sandbox/credentials.ts';
import type { World } from '../world/world.ts';
import { pause, type Backstage } from './purchase.ts';

/** @param ended when nothing is tried any more */
export function openBackstage({ postgres, sandboxes }: World, ended: AbortSignal): Backstage {
  return {
    silence: (orderId) =>
      sandboxes.addFault('stripe', {
        match: { method: 'POST', path: '/v1/payment_intents$', metadata: { order_id: orderId } },
        fault: { kind: 'drop', when: 'before' },
      }),
    async letDaysPass(paymentId) {
      const statement = `
        UPDATE payment_attempts SET created_at = created_at - interval '2 days'
         WHERE payment_id = '${paymentId}'`;
      while (!ended.aborted) {
        // The database may be down at this moment.
        const isDone = await postgres.query(statement).then(
          () => true,
          () => false,
        );
        if (isDone) return;
        await pause(200, ended);
      }
    },
    async payInBrowser(clientSecret, paymentMethod) {
      const [intentId] = clientSecret.split('_secret_');
      const url = `http://127.0.0.1:${sandboxes.ports.stripe}/v1/payment_intents/${intentId}/confirm`;
      const body = new URLSearchParams({
        client_secret: clientSecret,
        payment_method: paymentMethod,
      });
      const headers = { authorization: `Bearer ${SANDBOX_KEYS.publishableKey}` };
      await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(3_000) }).catch(
        () => undefined,
      );
    },
  };
}
