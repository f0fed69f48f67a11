/** What must never happen, and did. */
export interface Violation {
  /** Which promise it breaks. */
  invariant:
    | 'double charge'
    | 'books differ'
    | 'request lost'
    | 'answer differs'
    | 'webhook lost'
    | 'told twice'
    | 'ledger differs'
    | 'decision wrong'
    | 'stuck';
  what: string;
  /** The payment at fault, where it is one. */
  paymentId: string | null;
  /** The purchase at fault, where it is known. */
  purchase: string | null;
}
