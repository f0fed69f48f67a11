import type { Gateway } from '../../gateways/gateway.ts';
import { fail, pass, warn, type Check, type Finding } from '../check.ts';

/** That payments can be taken: a gateway is configured as a whole, and lets us in. */
export const gatewaysCheck: Check = {
  name: 'gateways',
  run: async ({ settings, gateways }) => {
    const findings: Finding[] = [];
    for (const [name, state] of Object.entries(settings.gateways)) {
      const gateway = gateways.get(name);
      if (gateway) {
        findings.push(pass(`gateways.${name}.settings`, 'Credentials and webhook secret are set.'));
        findings.push(await credentials(gateway));
      } else if (state.kind === 'off' && !state.isUntouched) {
        findings.push(
          fail(
            `gateways.${name}.settings`,
            `${name} is off: ${state.reason}.`,
            'Set what is missing, or take away what is there.',
          ),
        );
      }
    }
    if (gateways.size > 0) return findings;
    const remedy = 'Set the credentials of at least one gateway: docs/configuration.md.';
    return [...findings, fail('gateways', 'No gateway is configured as a whole.', remedy)];
  },
};

async function credentials(gateway: Gateway): Promise<Finding> {
  const about = `gateways.${gateway.name}.credentials`;
  const found = await gateway.checkCredentials({ requestId: 'req_doctor' });
  if (found.kind === 'found') return pass(about, `${gateway.name} lets us in.`);
  if (found.kind !== 'unavailable') {
    return fail(
      about,
      `${gateway.name} lets us in, but does not have what the settings name, such as a location.`,
      'Compare the ids in the settings with what the dashboard of the gateway shows.',
    );
  }
  const { category, code, message } = found.error;
  if (category === 'authentication') {
    return fail(
      about,
      `${gateway.name} does not take the credentials: ${code}.`,
      'Compare them with what the dashboard of the gateway shows; were they revoked?',
    );
  }
  if (category === 'invalid_request') {
    return fail(
      about,
      `${gateway.name} lets us in, but not with these settings: ${message}.`,
      'Compare the settings with what the dashboard of the gateway shows.',
    );
  }
  return warn(
    about,
    `${gateway.name} could not be asked: ${message}`,
    'Look at the way there: DNS, firewall, proxy. Then run this once more.',
  );
}
