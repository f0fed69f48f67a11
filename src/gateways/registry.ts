import type { Gateway } from './gateway.ts';
import { observed, type CallObserver } from './observed.ts';
import { createPayPalGateway } from './paypal/client.ts';
import { createSquareGateway } from './square/client.ts';
import { createStripeGateway } from './stripe/client.ts';
import type { Transport } from './transport.ts';

/** A value that is shown to nobody until it is needed. */
interface Secret {
  reveal(): string;
}

/** A gateway without its credentials is off, and says what it lacks. */
type Switchable<Settings> =
  | ({ kind: 'on' } & Settings)
  | { kind: 'off'; missing: readonly string[] };

/** The part of the settings that the gateways need. */
export interface GatewaySettings {
  stripe: Switchable<{
    secretKey: Secret;
    publishableKey: string | null;
    webhookSecrets: readonly Secret[];
    apiUrl: string;
  }>;
  square: Switchable<{
    accessToken: Secret;
    applicationId: string | null;
    locationId: string;
    currency: string;
    webhookSignatureKeys: readonly Secret[];
    webhookUrl: string;
    apiUrl: string;
  }>;
  paypal: Switchable<{
    clientId: string;
    clientSecret: Secret;
    webhookIds: readonly string[];
    apiUrl: string;
    certificateHosts: readonly string[];
    certificateAuthorities: readonly string[] | null;
  }>;
}

export interface GatewayDependencies extends CallObserver {
  transport: Transport;
  /** How far the timestamp of a signed webhook may be from now, in either direction. */
  signatureToleranceMs: number;
}

/** Every gateway that is on, by its name. A further gateway is a line here and a folder beside this file. */
export function createGateways(
  { stripe, square, paypal }: GatewaySettings,
  { onCallBegun, onCall, tracer, ...shared }: GatewayDependencies,
): ReadonlyMap<string, Gateway> {
  const gateways = [
    stripe.kind === 'on' && createStripeGateway({ ...revealed(stripe), ...shared }),
    square.kind === 'on' && createSquareGateway({ ...revealed(square), ...shared }),
    paypal.kind === 'on' && createPayPalGateway({ ...revealed(paypal), ...shared }),
  ]
    .filter((gateway) => gateway !== false)
    .map((gateway) => observed(gateway, { onCallBegun, onCall, tracer }));
  return new Map(gateways.map((gateway) => [gateway.name, gateway]));
}

type Revealed<T> = {
  [Name in keyof T]: T[Name] extends Secret
    ? string
    : T[Name] extends readonly Secret[]
      ? readonly string[]
      : T[Name];
};

/** The settings with what their secrets hide, for the adapter that needs it. */
function revealed<T extends object>(settings: T): Revealed<T> {
  const reveal = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(reveal) : isSecret(value) ? value.reveal() : value;
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, reveal(value)]),
  ) as Revealed<T>;
}

function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && 'reveal' in value;
}
