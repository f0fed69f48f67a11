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

/** What the page for operators adds for the guide's maintenance schedule, of which the guide prints no command. */
const UPKEEP: Row[] = [
  ['tender schedules list', /load_test +by hand +every 92 d +never/],
  ['tender schedules done load_test', /load_test is done/],
].map(([command, expected]) => ({
  command: command as string,
  how: 'carried over',
  why: 'the guide prints no command for its schedule',
  added: true,
  check: async (place) =>
    said(await place.type(command as string, { env: place.tender.env }), expected as RegExp),
}));

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
      ...UPKEEP,
    ],
  },
];
