import { writeCheckpoint, type Checkpoint } from '../admin/audit-chain.ts';

export interface AuditSealerOptions {
  /** Seals what is not sealed yet, and tells how far; `null` where there was nothing to do. */
  seal: () => Promise<Checkpoint | null>;
  /** Keeps how far the log was sealed where whoever alters the database cannot alter it: in the log. */
  onSealed: (checkpoint: string) => void;
  onError: (error: unknown) => void;
  /** From the end of one sealing to the next. */
  intervalMs?: number;
}

/** Seals the audit log once a second, until it is stopped. */
export function startAuditSealer({
  seal,
  onSealed,
  onError,
  intervalMs = 1_000,
}: AuditSealerOptions): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  const run = async () => {
    try {
      const reached = await seal();
      if (reached) onSealed(writeCheckpoint(reached));
    } catch (error) {
      onError(error);
    }
    if (stopped) return;
    timer = setTimeout(() => {
      running = run();
    }, intervalMs);
  };
  let running = run();
  return {
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}
