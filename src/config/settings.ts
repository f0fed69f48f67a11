import type { AmountLimits } from './amount-limits.ts';
import type { Secret } from './secret.ts';

/** Everything that Tender was told from outside: validated, typed and deeply frozen. */
export interface Settings {
  readonly environment: Environment;
  readonly log: { readonly level: LogLevel };
  readonly http: { readonly host: string; readonly port: number };
  readonly metrics: { readonly enabled: boolean; readonly host: string; readonly port: number };
  readonly maintenanceMode: boolean;
  readonly admin: { readonly token: Secret | null };
  readonly shutdown: { readonly timeoutMs: number };
  readonly database: DatabaseSettings;
  readonly redis: RedisSettings;
  readonly webhooks: WebhookSettings;
  readonly dueWork: { readonly leaseMs: number };
  readonly gateway: GatewayCallSettings;
  readonly gateways: { readonly stripe: StripeSettings };
  readonly payments: PaymentSettings;
  readonly idempotency: { readonly retentionMs: number };
  readonly alerts: AlertThresholds;
  /** Names of the steps at which a test makes this process fail; empty outside development. */
  readonly failPoints: readonly string[];
}

export type Environment = 'development' | 'staging' | 'production';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

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
      readonly maxConnections: number;
      readonly socketTimeoutMs: number;
    };

export interface WebhookSettings {
  readonly workerConcurrency: number;
  readonly maxRetries: number;
  /** How far the time in a signature may be from ours, before or after. */
  readonly signatureToleranceMs: number;
}

export interface GatewayCallSettings {
  /** The total time of one call. */
  readonly timeoutMs: number;
  /** Never longer than `timeoutMs`. */
  readonly connectTimeoutMs: number;
}

/** A gateway is on only with every credential that it needs; otherwise it is off, for a reason that can be shown. */
export type StripeSettings =
  | {
      readonly kind: 'on';
      readonly secretKey: Secret;
      /** One or more: several while one replaces the other. */
      readonly webhookSecrets: readonly Secret[];
      readonly publishableKey: string | null;
      /** Scheme, host and port, such as `https://api.stripe.com`. */
      readonly apiUrl: string;
    }
  | { readonly kind: 'off'; readonly missing: readonly string[]; readonly reason: string };

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
