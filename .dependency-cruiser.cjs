/** The layers of docs/architecture.md: imports point one way, from the edges to the domain. */
const layer = (name, from, to) => ({
  name,
  severity: 'error',
  comment: 'See docs/architecture.md: dependencies point towards the domain.',
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'The domain imports nothing but itself: no I/O, no library.',
      from: { path: '^src/domain/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'sandbox-stands-alone',
      severity: 'error',
      comment: 'The sandbox must not share a mistake with the adapters that it checks.',
      from: { path: '^src/sandbox/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/sandbox/' },
    },
    layer(
      'gateways-know-the-domain-only',
      '^src/gateways/',
      '^src/(payments|customers|disputes|webhooks|worker|http|admin|database|sandbox)/',
    ),
    layer(
      'database-knows-the-domain-only',
      '^src/database/',
      '^src/(payments|customers|disputes|webhooks|worker|http|admin|gateways|sandbox)/',
    ),
    layer(
      'payments-know-no-edge',
      '^src/payments/',
      '^src/(customers|disputes|webhooks|worker|http|admin|sandbox)/',
    ),
    layer(
      'customers-know-payments-only',
      '^src/customers/',
      '^src/(disputes|webhooks|worker|http|admin|sandbox)/',
    ),
    layer(
      'disputes-know-payments-only',
      '^src/disputes/',
      '^src/(customers|webhooks|worker|http|admin|sandbox)/',
    ),
    layer(
      'ledger-knows-the-records-only',
      '^src/ledger/',
      '^src/(payments|customers|disputes|webhooks|worker|http|admin|gateways|sandbox)/',
    ),
    layer('webhooks-know-no-edge', '^src/webhooks/', '^src/(worker|http|admin|sandbox)/'),
    layer('worker-knows-no-http', '^src/worker/', '^src/(http|sandbox)/'),
    layer('http-knows-no-worker', '^src/http/', '^src/(worker|sandbox)/'),
    {
      name: 'only-the-cli-builds',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli(\\.ts|/)' },
      to: { path: '^src/cli(\\.ts|/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
