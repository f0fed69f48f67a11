import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { parse, stringify } from 'yaml';

/**
 * Wraps the rules of `deploy/prometheus` for clusters that have the Prometheus operator: `npm run prometheus:rules`. With
 * `--check` it writes nothing and fails where the wrapped ones are not those of today.
 */
const DEPLOY = join(import.meta.dirname, '..', 'deploy');
const RULES = join(DEPLOY, 'prometheus', 'rules');
const WRAPPED = join(DEPLOY, 'kubernetes', 'components', 'prometheus-operator', 'rules.yaml');

async function wrapRules(): Promise<string> {
  const names = (await readdir(RULES)).toSorted();
  const files = await Promise.all(names.map((name) => readFile(join(RULES, name), 'utf8')));
  const groups = files.flatMap((text) => (parse(text) as { groups: unknown[] }).groups);
  const manifest = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'payment' },
    spec: { groups },
  };
  const header =
    '# Made of deploy/prometheus/rules by `npm run prometheus:rules`. Change it there.\n';
  const { code } = await format(WRAPPED, header + stringify(manifest, { lineWidth: 0 }), {
    printWidth: 100,
    singleQuote: true,
  });
  return code;
}

const wrapped = await wrapRules();
if (!process.argv.includes('--check')) {
  await writeFile(WRAPPED, wrapped);
} else if ((await readFile(WRAPPED, 'utf8').catch(() => '')) !== wrapped) {
  console.error(`${WRAPPED} is not made of today's rules: npm run prometheus:rules`);
  process.exitCode = 1;
}
