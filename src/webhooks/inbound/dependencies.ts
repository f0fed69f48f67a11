/** Is told what happens to webhooks. */
export interface WebhookObserver {
  received(webhook: { gateway: string; eventType: string }): void;
  rejected(webhook: { gateway: string; reason: string }): void;
  worked(webhook: {
    gateway: string;
    eventType: string;
    eventId: string;
    requestId: string;
    outcome: 'applied' | 'ignored' | 'parked' | 'orphaned';
    durationMs: number;
    waitedMs: number;
  }): void;
  failed(webhook: {
    gateway: string;
    eventType: string;
    eventId: string;
    requestId: string;
    next: 'retry' | 'dead';
    error: unknown;
  }): void;
  /** The ready signals cannot be given: webhooks are worked off later, but none is lost. */
  signalFailed: (error: unknown) => void;
}
