/**
 * How money moved. `authorize` and `decline` open a charge; `capture` takes from what was
 * authorised and `release` lets go of it; a refund is recorded once for each state it enters, and
 * a dispute when it opens and when it ends.
 */
export type MovementKind =
  | 'authorize'
  | 'decline'
  | 'capture'
  | 'release'
  | 'refund_pending'
  | 'refund_succeeded'
  | 'refund_failed'
  | 'dispute_opened'
  | 'dispute_won'
  | 'dispute_lost';

/** One line of the journal. `amount` is in minor units of `currency`. */
export type Movement = {
  readonly sequence: number;
  /** Seconds since the epoch, by the sandbox's clock. */
  readonly at: number;
  readonly kind: MovementKind;
  readonly payment: string;
  readonly charge: string;
  readonly refund: string | null;
  readonly amount: bigint;
  readonly currency: string;
};

/**
 * An append-only record of money movements. It is written beside the state that the API answers
 * from and never read by it, so that comparing the two finds mistakes in either.
 */
export type Journal = {
  record(movement: Omit<Movement, 'sequence' | 'at'>): void;
  /** The movements of one payment, oldest first. */
  of(payment: string): readonly Movement[];
  /** Every payment that money moved for. */
  payments(): Iterable<string>;
};

/** Builds an empty journal; `nowSeconds` dates its lines. */
export function createJournal(nowSeconds: () => number): Journal {
  const byPayment = new Map<string, Movement[]>();
  let sequence = 0;
  return {
    record(movement) {
      sequence += 1;
      const line = { sequence, at: nowSeconds(), ...movement };
      const lines = byPayment.get(movement.payment);
      if (lines === undefined) byPayment.set(movement.payment, [line]);
      else lines.push(line);
    },
    of: (payment) => byPayment.get(payment) ?? [],
    payments: () => byPayment.keys(),
  };
}
