import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';
import { endProcess } from '../../support/services/end-process.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import type { Tender } from '../../support/tender.ts';
import { deployPath, readDeployFile } from './files.ts';
import { scrapeConfigWithTargets } from './scrape-config.ts';
import { findTool, type TOOLS } from './tools.ts';

/** One message that reached whoever is on call. */
export interface Page {
  path: string;
  body: string;
}

/** A real Prometheus and a real Alertmanager that watch a system, with times made short. */
export interface Monitoring {
  /** Prometheus. */
  url: string;
  /** What an instant query answers: one entry for each series. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: number }[]>;
  /** What PagerDuty and Slack were told. */
  pages: Page[];
  close(): Promise<void>;
}

/** Starts both with the shipped files, in which only places and times are replaced. */
export async function startMonitoring(tender: Tender): Promise<Monitoring> {
  const directory = await mkdtemp(join(tmpdir(), 'tender-monitoring-'));
  const [prometheusPort = 0, alertmanagerPort = 0] = await freePorts(2);
  const pages: Page[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      pages.push({ path: request.url ?? '', body });
      response.end('{"status":"success"}');
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;

  const rules = await copyRules(directory);
  const prometheusFile = join(directory, 'prometheus.yml');
  const api = new URL(tender.api.metricsUrl);
  const worker = new URL(tender.worker.metricsUrl);
  await writeFile(
    prometheusFile,
    scrapeConfigWithTargets({
      // As pods are: by the port of the API, from which the relabelling has to find that of the metrics.
      api: [`127.0.0.1:1`],
      worker: [`127.0.0.1`],
      ports: { api: Number(api.port), worker: Number(worker.port) },
      rules,
      alertmanager: `127.0.0.1:${alertmanagerPort}`,
      interval: '1s',
    }),
  );
  const alertmanagerFile = await writeAlertmanagerFile(directory, `http://127.0.0.1:${port}`);
  const prometheusUrl = `http://127.0.0.1:${prometheusPort}`;
  const processes = [
    await launch('prometheus', [
      `--config.file=${prometheusFile}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ]),
    await launch('alertmanager', [
      `--config.file=${alertmanagerFile}`,
      `--storage.path=${join(directory, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      '--cluster.listen-address=',
    ]),
  ];
  for (const url of [prometheusUrl, `http://127.0.0.1:${alertmanagerPort}`]) {
    await eventually(async () => {
      const { ok } = await fetch(`${url}/-/ready`);
      if (!ok) throw new Error(`${url} is not ready`);
    }, 30_000);
  }
  return {
    url: prometheusUrl,
    pages,
    async query(expression) {
      const url = `${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`;
      const answer = (await (await fetch(url)).json()) as {
        status: string;
        error?: string;
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
      return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async close() {
      await Promise.all(processes.map((stop) => stop()));
      receiver.closeAllConnections();
      receiver.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The shipped rules, which wait seconds here where they wait minutes in production. */
async function copyRules(directory: string): Promise<string[]> {
  const names = ['payment_recording.yml', 'payment_alerts.yml'];
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(deployPath('prometheus', 'rules', name), 'utf8'))
        .replaceAll(/\bfor: \w+/g, 'for: 2s')
        .replaceAll(/\binterval: \w+/g, 'interval: 1s');
      const copy = join(directory, basename(name));
      await writeFile(copy, text);
      return copy;
    }),
  );
}

async function writeAlertmanagerFile(directory: string, receiverUrl: string): Promise<string> {
  await writeFile(join(directory, 'slack'), `${receiverUrl}/slack`);
  await writeFile(join(directory, 'pagerduty'), 'visibly-fake-and-pages-nobody');
  const text = readDeployFile('alertmanager', 'alertmanager.yml')
    .replace('global:', `global:\n  pagerduty_url: ${receiverUrl}/pagerduty`)
    .replaceAll('/etc/alertmanager/secrets/slack-webhook-url', join(directory, 'slack'))
    .replaceAll('/etc/alertmanager/secrets/pagerduty-routing-key', join(directory, 'pagerduty'))
    .replaceAll('/etc/alertmanager/templates', deployPath('alertmanager', 'templates'))
    .replaceAll(/group_wait: \w+/g, 'group_wait: 1s');
  const file = join(directory, 'alertmanager.yml');
  await writeFile(file, text);
  return file;
}

async function launch(tool: keyof typeof TOOLS, flags: string[]): Promise<() => Promise<void>> {
  const child = spawn(await findTool(tool), flags, { stdio: 'ignore' });
  await once(child, 'spawn');
  if (child.pid !== undefined) child.once('exit', killWithParent(child.pid, 'TERM'));
  return () => endProcess(child, 'SIGTERM');
}
