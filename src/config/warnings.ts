import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isAmountOverride } from './amount-overrides.ts';
import { nearestName } from './nearest-name.ts';
import type { SettingsWarning } from './problem.ts';
import type { Given } from './rule.ts';
import type { Source } from './source.ts';
import type { Variable } from './variable.ts';
import { VARIABLE_NAMES, VARIABLES } from './variables.ts';

/**
 * What Kubernetes adds to every pod for each service, such as `PAYMENT_API_SERVICE_HOST` and `PAYMENT_API_PORT_8000_TCP`
 * for one named payment-api.
 * Source: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINK = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?$/;
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** Names that look like ours but are none, each with the name that was probably meant. Values are not shown. */
export function unknownVariables(sources: readonly Source[]): SettingsWarning[] {
  const known = VARIABLE_NAMES.flatMap((name) => {
    const variable: Variable = VARIABLES[name];
    return variable.file ? [name, `${name}_FILE`] : [name];
  });
  const warnings = new Map<string, SettingsWarning>();
  for (const source of sources) {
    for (const [name, { text }] of source) {
      if (!name.startsWith('PAYMENT_') || known.includes(name)) continue;
      if (isAmountOverride(name) || isServiceLink(name, text)) continue;
      const nearest = nearestName(name, known);
      const hint = nearest === null ? '' : `; perhaps ${nearest} was meant`;
      warnings.set(name, { variable: name, warning: `is not a variable of Tender${hint}` });
    }
  }
  return [...warnings.values()];
}

/** A file written for another environment has no say when the variable that picks the file was forgotten. */
export function filesLeftAside(environmentIsSet: boolean, cwd: string): SettingsWarning[] {
  if (environmentIsSet) return [];
  return ['production', 'staging']
    .filter((environment) => existsSync(join(cwd, `.env.${environment}`)))
    .map((environment) => ({
      variable: 'PAYMENT_ENVIRONMENT',
      warning: `is not set, so .env.${environment} is not read and this is development`,
    }));
}

/** Values that are allowed but surprise. */
export function surprisingValues({ values, origins }: Given): SettingsWarning[] {
  const warnings: SettingsWarning[] = [];
  const { PAYMENT_GATEWAY_CONNECT_TIMEOUT: connectMs, PAYMENT_GATEWAY_TIMEOUT_SECONDS: totalMs } =
    values;
  const connectIsSet = origins.has('PAYMENT_GATEWAY_CONNECT_TIMEOUT');
  if (connectIsSet && connectMs !== undefined && totalMs !== undefined && connectMs > totalMs) {
    warnings.push({
      variable: 'PAYMENT_GATEWAY_CONNECT_TIMEOUT',
      warning: `is longer than PAYMENT_GATEWAY_TIMEOUT_SECONDS, ${totalMs / 1000}, which limits it`,
    });
  }
  return warnings;
}

function isServiceLink(name: string, text: string): boolean {
  return SERVICE_LINK.test(name) || (name.endsWith('_PORT') && SERVICE_ADDRESS.test(text));
}
