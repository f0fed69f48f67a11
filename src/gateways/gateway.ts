import type { Currency } from '../domain/currency.ts';
import type { GatewayError, GatewayOutcome } from '../domain/outcome.ts';
import type { SettlementPage, SettlementSpan } from '../domain/settlement.ts';
import type { FeeOnRefund } from '../domain/payment-fee.ts';
import type {
  CustomerAction,
  DisputeReport,
  PaymentReport,
  Reference,
  RefundReport,
  SavedMethodReport,
} from '../domain/report.ts';

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
  /** Those in which it charges. */
  readonly currencies: readonly Currency[];
  /** The one public key by which the gateway's script knows the account; `null` where none is configured. */
  readonly publishableKey: string | null;
  /**
   * What a checkout page needs to tokenise at this gateway, by the names under which the gateway's own script takes it.
   * All of it is public.
   */
  readonly checkoutKeys: Readonly<Record<string, string>>;

  /** Why the gateway would not take this amount, before anything is sent; `null` where it would. */
  checkAmount(amount: bigint, currency: Currency): AmountProblem | null;
  /** Whether a payment method can be one of this gateway's, judged by what it looks like. */
  takesPaymentMethod(paymentMethod: string): boolean;

  createPayment(request: CreatePayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  confirmPayment(request: ConfirmPayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  /** Charges, or authorizes, what was reported as `requires_completion`. */
  completePayment(
    request: CompletePayment,
    call: MoneyCall,
  ): Promise<GatewayOutcome<PaymentReport>>;
  capturePayment(request: CapturePayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  cancelPayment(request: CancelPayment, call: MoneyCall): Promise<GatewayOutcome<PaymentReport>>;
  createRefund(request: CreateRefund, call: MoneyCall): Promise<GatewayOutcome<RefundReport>>;

  retrievePayment(gatewayPaymentId: string, call: ReadCall): Promise<Lookup<PaymentReport>>;
  /**
   * Looks for a payment by our own reference among those that the gateway made around `createdAt`.
   * `not_found` proves nothing: lists lag. `gone` is what a gateway makes without taking anything that was never heard
   * of: once the call cannot be repeated any more it is as good as never made.
   */
  findPayment(
    search: { reference: Reference; createdAt: Date },
    call: ReadCall,
  ): Promise<Lookup<PaymentReport>>;
  /** Every refund that the gateway holds for a payment, ours and those made elsewhere. */
  listRefunds(gatewayPaymentId: string, call: ReadCall): Promise<Lookup<RefundReport[]>>;

  retrieveDispute(gatewayDisputeId: string, call: ReadCall): Promise<Lookup<DisputeReport>>;

  /**
   * One page of what the gateway itself says that it settled, charges, refunds, fees and payouts alike, and of what its
   * payouts consist of. `cursor` is what the page before gave; without one the listing begins.
   */
  listSettlementRecords(
    listing: SettlementSpan & { cursor: string | null },
    call: ReadCall,
  ): Promise<Lookup<SettlementPage>>;

  /** Makes the customer known to the gateway, which the methods that it keeps for them belong to. */
  createCustomer(
    request: CreateCustomer,
    call: MoneyCall,
  ): Promise<GatewayOutcome<{ gatewayCustomerId: string }>>;
  /** Forgets the customer there. One that is gone already counts as deleted. */
  deleteCustomer(gatewayCustomerId: string, call: MoneyCall): Promise<GatewayOutcome<null>>;
  /** Has the gateway keep a payment method that the customer has just given, without charging it. */
  saveMethod(
    request: SaveMethod,
    call: MoneyCall,
  ): Promise<
    GatewayOutcome<SavedMethodReport> | { kind: 'requires_approval'; approval: MethodApproval }
  >;
  /** Takes a kept method away from the customer. One that is gone already counts as detached. */
  detachMethod(request: DetachMethod, call: MoneyCall): Promise<GatewayOutcome<null>>;

  /** Whether the gateway takes our credentials: one cheap call that only reads. */
  checkCredentials(call: ReadCall): Promise<Lookup<null>>;

  /** Tells whether a delivery is the gateway's own, from its raw bytes. It may fetch what it needs to know that. */
  verifyWebhook(delivery: WebhookDelivery): WebhookVerdict | Promise<WebhookVerdict>;
  /** What a verified delivery means, in our terms. Throws only where the body breaks the gateway's own format. */
  translateWebhook(rawBody: Uint8Array): GatewayEvent;
}

export interface Capabilities {
  /** How long the gateway answers a repeated key with the first result. Within it, asking again is always safe. */
  keyLifetimeMs: number;
  partialCapture: boolean;
  partialRefund: boolean;
  /** Keeps payment methods for later payments without the customer. */
  savedMethods: boolean;
  /** Can send the customer to a page of its own and back. */
  redirect: boolean;
  /** Tells what it settled; `with_payouts` also what each payout consists of. */
  settlementRecords: 'none' | 'without_payouts' | 'with_payouts';
  /** Finds payments by our reference, so that one whose id we never learned can be found. */
  searchByReference: boolean;
  /** Knows a payment before its customer has a payment method; otherwise it hears of it with the first one. */
  createsWithoutMethod: boolean;
  /** What it does with its fee when it gives a payment back, where it does not tell of the refund itself. */
  feeOnRefund: FeeOnRefund;
}

/** A capability that an operation may need; the names are those of the API. */
export type CapabilityName = 'partial_capture' | 'partial_refund' | 'saved_methods' | 'redirect';

export interface AmountProblem {
  code:
    | 'currency_not_supported'
    | 'amount_not_representable'
    | 'amount_too_small'
    | 'amount_too_large';
  detail: string;
}

/** What a payment is, however often it is tried. */
export interface PaymentTerms {
  amount: bigint;
  currency: Currency;
  captureMethod: 'automatic' | 'manual';
  description: string | null;
  statementDescriptor: string | null;
  orderId: string | null;
  reference: { paymentId: string; attemptId: string };
}

/** With what it is tried. */
export interface Confirmation {
  paymentMethod: string | null;
  offSession: boolean;
  returnUrl: string | null;
  /** The customer whom a saved method belongs to, or whom the method is to be saved for. */
  gatewayCustomerId: string | null;
  /** Whether the gateway shall keep the method for later payments. */
  savePaymentMethod: boolean;
}

/** With a payment method the payment is confirmed in the same call. */
export interface CreatePayment extends PaymentTerms, Confirmation {}

export interface ConfirmPayment extends PaymentTerms, Confirmation {
  gatewayPaymentId: string;
}

export interface CompletePayment extends PaymentTerms, Confirmation {
  gatewayPaymentId: string;
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

export interface CreateCustomer {
  customerId: string;
  email: string | null;
  name: string | null;
}

export interface SaveMethod {
  customerId: string;
  gatewayCustomerId: string;
  /** A token of this gateway; some stand for "send the customer to you". */
  paymentMethod: string;
  returnUrl: string | null;
}

/** The customer has to agree first; then the token is what can be saved. */
export interface MethodApproval {
  paymentMethod: string;
  action: CustomerAction;
}

export interface DetachMethod {
  gatewayCustomerId: string;
  gatewayMethodId: string;
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
  /** The gateway has forgotten what took no money, and never can take any now. */
  | { kind: 'gone' }
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
  | 'body_malformed'
  | 'certificate_untrusted'
  /** What verifying needs could not be had just now; the gateway will send it again. */
  | 'verification_unavailable';

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
  /** Something about a payment changed, which the gateway has to be asked about. */
  | {
      kind: 'change';
      /** `null` where the event names the payment by our reference alone. */
      gatewayPaymentId: string | null;
      reference: Reference | null;
      /** Where these are here already nobody needs to be asked; `null` where the event is no proof of them. */
      amounts: { captured: bigint; refunded: bigint } | null;
      /** Whether the gateway, if it is asked, also tells its fee by now. */
      hasFee: boolean;
    }
  | { kind: 'dispute'; report: DisputeReport }
  /** A dispute changed, which the gateway has to be asked about. */
  | { kind: 'dispute_change'; gatewayDisputeId: string }
  /** A saved method is gone at the gateway. */
  | { kind: 'method_detached'; gatewayMethodId: string }
  /** Nothing that Tender keeps. */
  | { kind: 'none' };
