import { parse, stringify } from 'yaml';
import { readDeployFile } from './files.ts';

interface ScrapeJob {
  job_name: string;
  kubernetes_sd_configs?: unknown;
  static_configs?: { targets: string[]; labels?: Record<string, string> }[];
  relabel_configs: { replacement?: string }[];
}

/**
 * The shipped scrape configuration where there is no cluster: pods become targets that carry what discovery would say of
 * them, so that the relabelling itself is put to use. (Debian's Prometheus has no discovery of pods.)
 *
 * @param options.ports the ports of the metrics, where they are not 8001
 */
export function scrapeConfigWithTargets({
  api,
  worker,
  rules,
  ports = {},
  alertmanager = 'alertmanager:9093',
  interval = '15s',
}: {
  api: string[];
  worker: string[];
  rules: string[];
  ports?: { api?: number; worker?: number };
  alertmanager?: string;
  interval?: string;
}): string {
  const config = parse(readDeployFile('prometheus', 'prometheus-config.yaml')) as {
    global: Record<string, string>;
    rule_files: string[];
    alerting: { alertmanagers: unknown[] };
    scrape_configs: ScrapeJob[];
  };
  config.rule_files = rules;
  config.global = { scrape_interval: interval, evaluation_interval: interval };
  config.alerting.alertmanagers = [{ static_configs: [{ targets: [alertmanager] }] }];
  const pods: Record<string, { targets: string[]; port: number | undefined }> = {
    'payment-api': { targets: api, port: ports.api },
    'payment-webhook-worker': { targets: worker, port: ports.worker },
  };
  for (const job of config.scrape_configs) {
    const found = pods[job.job_name];
    if (!found || !job.kubernetes_sd_configs) continue;
    delete job.kubernetes_sd_configs;
    // Both jobs see all pods, as in a cluster: each has to pick its own.
    job.static_configs = Object.entries(pods).map(([app, { targets }]) => ({
      targets,
      labels: { __meta_kubernetes_pod_label_app: app, __meta_kubernetes_pod_name: `${app}-pod` },
    }));
    for (const rule of job.relabel_configs) {
      if (rule.replacement === '$1:8001' && found.port !== undefined)
        rule.replacement = `$1:${found.port}`;
    }
  }
  config.scrape_configs = config.scrape_configs.filter(({ job_name }) => job_name in pods);
  return stringify(config, { aliasDuplicateObjects: false });
}
