import type { AmountLimits } from './amount-limits.ts';
import type { SamplerName } from './otlp-types.ts';
import type { Secret } from './secret.ts';

/** Everything that Tender was told from outside: validated, typed and deeply frozen. */
export interface Settings {
  readonly environment: Environment;
  readonly log: { readonly level: LogLevel };
  readonly http: { readonly host: string; readonly port: number };
  readonly metrics: { readonly enabled: boolean; readonly host: string; readonly port: number };
  readonly maintenanceMode: boolean;
  readonly admin: { readonly token: Secret | null };
  readonly door: DoorSettings;
  /** With what the audit log is sealed; `null` where it is not. */
  readonly audit: { readonly key: Secret | null };
  readonly shutdown: { readonly timeoutMs: number };
  readonly database: DatabaseSettings;
  readonly redis: RedisSettings;
  readonly webhooks: WebhookSettings;
  readonly dueWork: { readonly leaseMs: number };
  readonly gateway: GatewayCallSettings;
  readonly gateways: GatewaysSettings;
  readonly overload: OverloadSettings;
  readonly payments: PaymentSettings;
  readonly reconciliation: ReconciliationSettings;
  readonly idempotency: { readonly retentionMs: number };
  readonly alerts: AlertThresholds;
  readonly tracing: TracingSettings;
  /** Names of the steps at which a test makes this process fail; empty outside development. */
  readonly failPoints: readonly string[];
}

export type ReconciliationSettings = {
  /** When every gateway is compared by itself, in UTC; `null`: never. */
  readonly cron: string | null;
  /** How long a movement may be missing on the other side. */
  readonly pendingMs: number;
};

export type Environment = 'development' | 'staging' | 'production';
/** `silent` is for tests; no variable says it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** `embedded` is the PostgreSQL that Tender brings for development. */
export type DatabaseSettings = {
  /** Whether statements are prepared; off for PgBouncer before 1.21 in transaction mode. */
  readonly prepare: boolean;
  readonly poolSize: number;
} & (
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'url';
      readonly url: Secret;
      /** The same database past any PgBouncer, for LISTEN. */
      readonly directUrl: Secret;
      /** The same database as the role that owns the tables. */
      readonly migrationUrl: Secret;
    }
);

export type RedisSettings =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      readonly url: Secret;
      readonly topology: RedisTopology;
      readonly maxConnections: number;
      readonly socketTimeoutMs: number;
    };

/** Who is to be asked for the Redis that takes commands. */
export type RedisTopology =
  | { readonly kind: 'single' }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly master: string;
    }
  | { readonly kind: 'cluster' };

export interface WebhookSettings {
  readonly workerConcurrency: number;
  readonly maxRetries: number;
  readonly payloadRetentionMs: number;
  /** How far the time in a signature may be from ours, before or after. */
  readonly signatureToleranceMs: number;
}

export interface GatewayCallSettings {
  /** The total time of one call. */
  readonly timeoutMs: number;
  /** Never longer than `timeoutMs`. */
  readonly connectTimeoutMs: number;
  /** How many calls in a row have to go wrong before new payments are kept from a gateway. */
  readonly failuresToOpen: number;
  /** How many requests of one process may be at one gateway at once. */
  readonly maxConcurrentCalls: number;
}

/** Past which one process takes no further payments for the moment. */
export interface OverloadSettings {
  readonly maxEventLoopLagMs: number;
  readonly maxDatabaseWaitMs: number;
}

export type GatewaysSettings = {
  readonly stripe: StripeSettings;
  readonly square: SquareSettings;
  readonly paypal: PayPalSettings;
};

/** A gateway is on only with every credential that it needs; otherwise it is off, for a reason that can be shown. */
type OnOrOff<Credentials> =
  | ({ readonly kind: 'on'; /** Scheme, host and port. */ readonly apiUrl: string } & Credentials)
  | {
      readonly kind: 'off';
      readonly missing: readonly string[];
      readonly reason: string;
      /** Whether not one of the credentials is set. */
      readonly isUntouched: boolean;
    };

export type StripeSettings = OnOrOff<{
  readonly secretKey: Secret;
  /** One or more: several while one replaces the other. */
  readonly webhookSecrets: readonly Secret[];
  readonly publishableKey: string | null;
}>;

export type SquareSettings = OnOrOff<{
  readonly accessToken: Secret;
  readonly locationId: string;
  /** The location's, the only one it takes. */
  readonly currency: string;
  readonly applicationId: string | null;
  readonly webhookSignatureKeys: readonly Secret[];
  /** What Square signs together with the body. */
  readonly webhookUrl: string;
}>;

export type PayPalSettings = OnOrOff<{
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly webhookIds: readonly string[];
  /** Where certificates of webhooks may come from, and from nowhere else; with the port where it is not the usual. */
  readonly certificateHosts: readonly string[];
  /** PEM; `null` for those that Node trusts. */
  readonly certificateAuthorities: readonly string[] | null;
}>;

export interface PaymentSettings {
  readonly amountLimits: AmountLimits;
  readonly customerActionExpiryMs: number;
}

export interface AlertThresholds {
  /** The share of payments that fail, from 0 to 1. */
  readonly paymentFailureRatio: number;
  readonly gatewayLatencySeconds: number;
  readonly webhookBacklog: number;
}

/** To whom traces are sent, and which. */
export type TracingSettings =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      /** Where traces are taken in, path included. */
      readonly url: string;
      /** As `name=value`, by commas. */
      readonly headers: Secret | null;
      readonly serviceName: string | null;
      readonly sampler: SamplerName;
      /** The share of traces, from 0 to 1, where the sampler takes one. */
      readonly ratio: number;
    };

/** Who may come how often, and from where. */
export interface DoorSettings {
  /** `null` for no limit. */
  readonly perCaller: { readonly requests: number; readonly windowSeconds: number } | null;
  readonly perAddress: { readonly requests: number; readonly windowSeconds: number } | null;
  readonly trustedProxies: readonly string[];
  readonly allowedOrigins: readonly string[];
}
