import { said, typed } from './checks.ts';
import type { Place } from './place.ts';
import type { Block, Row } from './row.ts';

/** A row for a script that prints its steps, in the environment that it needs. */
function script(command: string, environment: (place: Place) => Record<string, string>): Row {
  return {
    command,
    how: 'as printed',
    check: async (place) => {
      const answer = await place.type(command, { env: environment(place) });
      said(answer, / ok/);
      return `${answer.output.match(/ ok$| ok \(/gm)?.length ?? 0} steps ok`;
    },
  };
}

export const VERIFICATION: Block[] = [
  {
    section: 'Post-Deployment Verification',
    rows: [
      script('./scripts/smoke-test-production.sh', () => ({})),
      typed({ command: 'curl http://localhost:8001/metrics | grep payment_' }, /^payment_\w+.*/m),
      script('./scripts/test-payment-flow.sh --env production', ({ liveDoor }) => ({
        TENDER_API_URL: liveDoor,
        TENDER_API_KEY: 'tk_live_visibly_fake',
      })),
      script('./scripts/test-webhook-delivery.sh --gateway stripe', ({ tender }) => ({
        TENDER_API_URL: 'https://payments.company.com',
        TENDER_METRICS_URL: `${tender.api.metricsUrl}/metrics ${tender.worker.metricsUrl}/metrics`,
      })),
    ],
  },
];
