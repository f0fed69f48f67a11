/** Where more is under way than can be served in time. */
export type OverloadReason =
  /** One gateway has as many calls at once as it may have. */
  | 'gateway_calls'
  /** The process itself is behind with its work. */
  | 'event_loop'
  /** Queries wait for a connection to the database. */
  | 'database'
  /** Webhooks wait to be stored. */
  | 'webhooks';

/** Thrown where more waits already than could be served in time. Nothing was written and nothing was sent. */
export class Overloaded extends Error {
  override name = 'Overloaded';
  readonly reason: OverloadReason;

  constructor(reason: OverloadReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
