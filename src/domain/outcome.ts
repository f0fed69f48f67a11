import type { CustomerAction, Decline } from './report.ts';

/** What came of asking a gateway to move money. */
export type GatewayOutcome<T> =
  /** The gateway did what was asked; the report tells the state it is in now. */
  | { kind: 'succeeded'; report: T }
  /** Done so far; the customer has to act before it goes on. */
  | { kind: 'requires_action'; action: CustomerAction; report: T }
  /** The issuer or the gateway said no: nothing moved. */
  | { kind: 'declined'; decline: Decline; report: T | null }
  /** Certain that nothing was executed. A report is there where the gateway sent the object's state along. */
  | { kind: 'refused'; error: GatewayError; report: T | null }
  /** Money may have moved: ask before acting again. */
  | { kind: 'unknown'; error: GatewayError };

export interface GatewayError {
  category:
    /** The request was understood and found wrong, or not possible in the object's state. */
    | 'invalid_request'
    /** What is paid with can be used once and has been: by this very call, perhaps, where it is a repetition. */
    | 'method_used'
    /** Our credentials were not accepted. */
    | 'authentication'
    | 'rate_limited'
    /** Nothing was sent: no connection came about. */
    | 'unreachable'
    /** Sent, but no whole answer came back in time. */
    | 'no_answer'
    /** An answer that does not tell: every 5xx, or a body that cannot be understood. */
    | 'gateway_fault'
    /** The key is known there for another request, or another request with it is still running. */
    | 'key_conflict';
  /** The gateway's own code, or ours for the transport's faults (`ECONNREFUSED`, `timeout`, ...). */
  code: string;
  message: string;
  httpStatus: number | null;
  /** The gateway's id for the exchange, which its support asks for. */
  gatewayRequestId: string | null;
}
