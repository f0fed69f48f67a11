import type { Gateway } from './gateway.ts';
import { observed, type GatewayCall } from './observed.ts';
import { createStripeGateway } from './stripe/client.ts';
import type { Transport } from './transport.ts';

/** A value that is shown to nobody until it is needed. */
interface Secret {
  reveal(): string;
}

/** A gateway without its credentials is off, and says what it lacks. */
type Switchable<Settings> =
  ({ kind: 'on' } & Settings) | { kind: 'off'; missing: readonly string[] };

/** The part of the settings that the gateways need. */
export interface GatewaySettings {
  stripe: Switchable<{
    secretKey: Secret;
    publishableKey: string | null;
    webhookSecrets: readonly Secret[];
    apiUrl: string;
  }>;
}

export interface GatewayDependencies {
  transport: Transport;
  /** How far the timestamp of a signed webhook may be from now, in either direction. */
  signatureToleranceMs: number;
  onCall: (call: GatewayCall) => void;
}

/** Every gateway that is on, by its name. A further gateway is a line here and a folder beside this file. */
export function createGateways(
  settings: GatewaySettings,
  dependencies: GatewayDependencies,
): ReadonlyMap<string, Gateway> {
  const gateways = [stripe(settings.stripe, dependencies)]
    .filter((gateway) => gateway !== null)
    .map((gateway) => observed(gateway, dependencies.onCall));
  return new Map(gateways.map((gateway) => [gateway.name, gateway]));
}

function stripe(
  settings: GatewaySettings['stripe'],
  { transport, signatureToleranceMs }: GatewayDependencies,
): Gateway | null {
  if (settings.kind === 'off') return null;
  return createStripeGateway({
    secretKey: settings.secretKey.reveal(),
    publishableKey: settings.publishableKey,
    webhookSecrets: settings.webhookSecrets.map((secret) => secret.reveal()),
    apiUrl: settings.apiUrl,
    transport,
    signatureToleranceMs,
  });
}
