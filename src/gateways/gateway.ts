import type { Currency } from '../domain/currency.ts';
import type { GatewayError, GatewayOutcome } from '../domain/outcome.ts';
import type { PaymentReport, Reference, RefundReport } from '../domain/report.ts';

export type { GatewayError, GatewayOutcome };

/**
 * The port: everything that Tender knows about a payment gateway.
 *
 * An adapter translates between these types and the gateway's wire format and decides one thing only: which of the
 * five outcomes a call had. It keeps no state about payments, never retries, and never makes up an idempotency key.
 */
export interface Gateway {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** What a browser needs to tokenise a card at this gateway; `null` where none is configured. */
  readonly publishableKey: string | null;

  /** Why the gateway would not take this amount, before anything is sent; `null` where it would. */
  checkAmount(amount: bigint, currency: Currency): AmountProblem | null;

  createPayment(request: CreatePayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  confirmPayment(request: ConfirmPayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  capturePayment(request: CapturePayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  cancelPayment(request: CancelPayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  createRefund(request: CreateRefund, call: MoneyCall): Promise<GatewayOutcome<RefundReport>>;

  retrievePayment(gatewayPaymentId: string, call: ReadCall): Promise<Lookup<PaymentReport>>;
  /**
   * Looks for a payment by our own reference among those that the gateway made around `createdAt`.
   * `not_found` proves nothing: lists lag.
   */
  findPayment(
    search: { reference: Reference; createdAt: Date },
    call: ReadCall,
  ): Promise<Lookup<PaymentReport>>;
  /** Every refund that the gateway holds for a payment, ours and those made elsewhere. */
  listRefunds(gatewayPaymentId: string, call: ReadCall): Promise<Lookup<RefundReport[]>>;

  /** Tells whether a delivery is the gateway's own, from its raw bytes. */
  verifyWebhook(delivery: WebhookDelivery): WebhookVerdict;
  /** What a verified delivery means, in our terms. Throws only where the body breaks the gateway's own format. */
  translateWebhook(rawBody: Uint8Array): GatewayEvent;
}

export interface Capabilities {
  /** How long the gateway answers a repeated key with the first result. Within it, asking again is always safe. */
  keyLifetimeMs: number;
  partialCapture: boolean;
  partialRefund: boolean;
}

export interface AmountProblem {
  code:
    'currency_not_supported' | 'amount_not_representable' | 'amount_too_small' | 'amount_too_large';
  detail: string;
}

export interface CreatePayment {
  amount: bigint;
  currency: Currency;
  captureMethod: 'automatic' | 'manual';
  /** With a payment method the payment is confirmed in the same call. */
  paymentMethod: string | null;
  offSession: boolean;
  returnUrl: string | null;
  description: string | null;
  statementDescriptor: string | null;
  orderId: string | null;
  reference: Reference;
}

export interface ConfirmPayment {
  gatewayPaymentId: string;
  paymentMethod: string | null;
  offSession: boolean;
  returnUrl: string | null;
}

export interface CapturePayment {
  gatewayPaymentId: string;
  /** Minor units; what is not captured is released. */
  amount: bigint;
  currency: Currency;
}

export interface CancelPayment {
  gatewayPaymentId: string;
  reason: 'requested_by_customer' | 'abandoned' | 'duplicate' | 'fraudulent' | null;
}

export interface CreateRefund {
  gatewayPaymentId: string;
  amount: bigint;
  currency: Currency;
  reason: 'requested_by_customer' | 'duplicate' | 'fraudulent' | null;
  paymentId: string;
  refundId: string;
}

/** What every call carries, so that it can be followed through the logs. */
export interface ReadCall {
  requestId: string;
}

/** A call that may move money: it always carries a key of ours, at most 45 characters long. */
export interface MoneyCall extends ReadCall {
  idempotencyKey: string;
}

/** What came of asking a gateway for something. */
export type Lookup<T> =
  | { kind: 'found'; report: T }
  | { kind: 'not_found' }
  | { kind: 'unavailable'; error: GatewayError };

export interface WebhookDelivery {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawBody: Uint8Array;
  receivedAt: Date;
}

export type WebhookVerdict =
  | { kind: 'verified'; eventId: string; eventType: string }
  | { kind: 'rejected'; reason: WebhookRejection; detail: string };

export type WebhookRejection =
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_mismatch'
  | 'timestamp_too_old'
  | 'timestamp_in_future'
  | 'body_empty'
  | 'body_malformed';

/** What a webhook says, in our terms. */
export interface GatewayEvent {
  id: string;
  type: string;
  createdAt: Date;
  subject: GatewayEventSubject;
}

export type GatewayEventSubject =
  | { kind: 'payment'; report: PaymentReport }
  | { kind: 'refund'; report: RefundReport }
  /** Something about a payment changed; the amounts tell whether we know it already. */
  | {
      kind: 'charge';
      gatewayPaymentId: string;
      reference: Reference | null;
      amountCaptured: bigint;
      amountRefunded: bigint;
    }
  /** Nothing that Tender keeps. */
  | { kind: 'none' };
