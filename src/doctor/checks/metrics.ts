import type { Settings } from '../../config/settings.ts';
import { fail, pass, warn, type Check, type Finding } from '../check.ts';
import { publicAddressesHere } from '../public-addresses.ts';

/** That Prometheus can read metrics, and the Internet cannot. */
export const metricsCheck: Check = {
  name: 'metrics',
  run: ({ settings: { metrics } }) => [
    metrics.enabled
      ? pass('metrics.served', `Prometheus reads them at port ${metrics.port}.`)
      : fail(
          'metrics.served',
          'PAYMENT_PROMETHEUS_ENABLED is false: no alert can fire, and no probe is answered.',
          'Set PAYMENT_PROMETHEUS_ENABLED=true.',
        ),
    reach(metrics, publicAddressesHere()),
  ],
};

/** Whether the port of the metrics is bound to an address that everybody can reach; they tell of the business. */
export function reach(
  { enabled, host, port }: Settings['metrics'],
  publicAddresses: readonly string[],
): Finding {
  const about = 'metrics.private';
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const open = publicAddresses.filter((address) => isEverywhere || host === address);
  if (!enabled || open.length === 0) return pass(about, 'They have no public address.');
  return warn(
    about,
    `Port ${port} is open at ${open.join(' and ')}, unless a firewall is before it.`,
    'Set PAYMENT_HOST to a private address, or see to it that a firewall closes the port.',
  );
}
