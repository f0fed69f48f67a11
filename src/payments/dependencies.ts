import type { Database } from '../database/database.ts';
import type { AttemptOperation } from '../domain/attempt.ts';
import type { Dispute } from '../domain/dispute.ts';
import type { GatewayStateOf } from '../domain/gateway-config.ts';
import type { Payment } from '../domain/payment.ts';
import type { EventType } from '../domain/event.ts';
import type { Refund } from '../domain/refund.ts';
import type { RoutingPolicy } from '../domain/routing.ts';
import type { FailPoints } from '../fail-points.ts';
import type { Gateway } from '../gateways/gateway.ts';
import type { Tracer } from '../observability/tracer.ts';
import type { AmountLimits } from './amount-limits.ts';
import type { Bulkhead } from './bulkhead.ts';

/** What the use cases need from the outside; `cli.ts` builds it once. */
export interface PaymentDependencies {
  db: Database;
  /** The gateways whose credentials are complete, the preferred one first. */
  gateways: ReadonlyMap<string, Gateway>;
  /** Every gateway that Tender knows, configured or not. */
  knownGateways: readonly string[];
  /** What operators have said of the gateways, at most a second old; it costs no query. */
  gatewayStates: () => Promise<GatewayStateOf>;
  /** Where payments go that name no gateway, at most a second old; it costs no query. */
  routingPolicy: () => Promise<{ policy: RoutingPolicy; version: number }>;
  /** Whether something new may be begun at a gateway: false while it is left alone because it does not answer. */
  mayTryGateway: (gateway: string) => boolean;
  /** How many requests may be at one gateway at once. */
  bulkhead: Bulkhead;
  /** Tells this deployment's keys at the gateways from all others'. */
  deploymentId: () => Promise<string>;
  amountLimits: AmountLimits;
  /** How long a request or a worker owns what it works on; longer than any call to a gateway. */
  leaseMs: number;
  /** How long a payment may wait for its customer before it is given up. */
  actionExpiryMs: number;
  observer: PaymentObserver;
  /** `null` where tracing is off. */
  tracer: Tracer | null;
  failPoints: FailPoints;
  clock: () => Date;
}

/** Is told what happened, after it was committed. */
export interface PaymentObserver {
  told(event: {
    type: EventType;
    payment: Payment;
    refund: Refund | null;
    dispute?: Dispute | null;
  }): void;
  /** A request was worked on from its intention to its committed outcome, the call to the gateway included. */
  processed(work: {
    gateway: string;
    operation: AttemptOperation | 'refund';
    durationMs: number;
  }): void;
  /** Something cannot be true together with what is stored: somebody has to look. */
  contradiction(payment: Payment, detail: string): void;
  /** A gateway refused for the moment, and another one is asked. */
  failedOver(way: { payment: Payment; from: string; to: string; detail: string }): void;
  /** A call's answer never came. */
  unknownOutcome(subject: { payment: Payment; detail: string }): void;
}
