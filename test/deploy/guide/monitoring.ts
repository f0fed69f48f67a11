import { eventually } from '../../support/eventually.ts';
import { deployPath } from '../support/files.ts';
import { startMonitoring } from '../support/monitoring.ts';
import { assume, needsCluster, said } from './checks.ts';
import type { Place } from './place.ts';
import type { Block, Row } from './row.ts';

async function lookAtPrometheus(place: Place): Promise<string> {
  // Debian's promtool knows no discovery of pods, so what is checked here is the rules.
  said(await place.type('promtool check rules deploy/prometheus/rules/*.yml'), /SUCCESS/);
  // Not started before: it asks for metrics every second, of which nothing else in the guide reads any.
  const monitoring = await startMonitoring(place.tender);
  try {
    return await eventually(async () => {
      const up = await monitoring.query('up == 1');
      const jobs = up.map(({ metric }) => metric['job'] ?? '').toSorted();
      assume(jobs.join() === 'payment-api,payment-webhook-worker', `up: ${jobs.join()}`);
      return 'promtool takes the rules; both jobs are up';
    }, 60_000);
  } finally {
    await monitoring.close();
  }
}

const IMPORT =
  'curl -X POST http://grafana.internal/api/dashboards/db -H "Authorization: Bearer $GRAFANA_API_KEY" -H "Content-Type: application/json" -d @payment-dashboard.json';

async function importDashboard(place: Place): Promise<string> {
  const before = place.dashboards.length;
  said(await place.type(IMPORT, { cwd: deployPath('grafana') }), /success/);
  const sent = place.dashboards[before] as { overwrite: boolean; dashboard: { title: string } };
  assume(sent.overwrite, 'it is not in the form that Grafana wants');
  return `sent as printed to a stand-in: "${sent.dashboard.title}"`;
}

/** Has kubectl make it without a cluster. */
const dryRun = (command: string, row: Partial<Row> = {}): Row =>
  needsCluster(
    command,
    async (place) => said(await place.type(`${command} --dry-run=client`), /created \(dry run\)/),
    row,
  );

async function lookAtAlertmanager(place: Place): Promise<string> {
  const config = 'deploy/alertmanager/alertmanager.yml';
  said(await place.type(`amtool check-config ${config}`), /SUCCESS/);
  return 'amtool: SUCCESS; Alertmanager runs here with that file';
}

export const MONITORING: Block[] = [
  {
    section: 'Monitoring Setup / 1. Prometheus Configuration',
    rows: [
      {
        command: 'deploy/prometheus/prometheus-config.yaml',
        how: 'carried over',
        why: 'the printed worker job looks at the wrong port',
        check: lookAtPrometheus,
      },
    ],
  },
  {
    section: 'Monitoring Setup / 2. Grafana Dashboard',
    rows: [
      {
        command: IMPORT,
        how: 'not runnable here',
        why: 'Debian has no Grafana',
        check: importDashboard,
      },
    ],
  },
  {
    section: 'Monitoring Setup / 3. AlertManager Setup',
    rows: [
      dryRun(
        'kubectl create configmap alertmanager-config --from-file=alertmanager.yml=deploy/alertmanager/alertmanager.yml -n monitoring',
      ),
      dryRun(
        'kubectl create configmap alertmanager-templates --from-file=deploy/alertmanager/templates -n monitoring',
        { added: true },
      ),
      dryRun(
        "kubectl create secret generic alertmanager-secrets -n monitoring --from-literal=slack-webhook-url='https://hooks.slack.com/...' --from-literal=pagerduty-routing-key='...'",
        { added: true },
      ),
      needsCluster(
        'kubectl apply -f deploy/alertmanager/alertmanager-deployment.yaml',
        lookAtAlertmanager,
      ),
    ],
  },
];
