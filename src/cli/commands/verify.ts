import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { parseCheckpoint, writeCheckpoint, type Checkpoint } from '../../admin/audit-chain.ts';
import {
  verifyAudit,
  type AuditFinding,
  type AuditVerification,
} from '../../admin/verify-audit.ts';
import { EXIT_CONFIGURATION, EXIT_FOUND, EXIT_USAGE } from '../../config/exit-codes.ts';
import { readDeployment } from '../../database/deployment.ts';
import { Exit } from '../exit.ts';
import { print, withDatabase } from '../with-database.ts';

const MEANING: Readonly<Record<AuditFinding['kind'], string>> = {
  missing: 'is missing: it was deleted, together with its seal',
  put_in: 'was put in: entries are numbered from 1',
  entry_removed: 'is missing: it was deleted, and its seal is still there',
  seal_removed: 'has lost its seal, or was put in afterwards',
  changed:
    'is not what was sealed: it or its seal was changed, or the entry before it is another one',
  cut_off: 'is missing, and everything behind it: the end of the log was cut off',
  other_history: 'is sealed in another way than the checkpoint says: the log was written anew',
};

/**
 * `tender verify audit`: reads the whole audit log and tells what is not as it was written.
 *
 * @param options.checkpoint what workers have logged as audit.checkpoint
 * @param options.log a file of lines of the workers' log, or `-` for the standard input
 */
export async function verifyAuditCommand(options: {
  checkpoint?: string[] | undefined;
  log?: string | undefined;
  json?: true | undefined;
}): Promise<void> {
  const checkpoints = (options.checkpoint ?? []).map(read);
  if (options.log !== undefined) checkpoints.push(...(await readLog(options.log)));
  await withDatabase('verify', async (db, { audit }) => {
    const key = audit.key?.reveal();
    if (key === undefined) {
      throw new Exit(
        EXIT_CONFIGURATION,
        'TENDER_AUDIT_KEY is not set: without it nothing is proved.',
      );
    }
    const { id: deploymentId } = await readDeployment(db);
    const verification = await verifyAudit(db, { key, deploymentId }, checkpoints);
    if (options.json) print(asJson(verification));
    else for (const line of asLines(verification)) print(line);
    if (verification.findings.length > 0) {
      throw new Exit(EXIT_FOUND, 'The audit log is not as it was written.');
    }
  });
}

function read(text: string): Checkpoint {
  const checkpoint = parseCheckpoint(text);
  if (checkpoint) return checkpoint;
  throw new Exit(
    EXIT_USAGE,
    `${JSON.stringify(text)} is no checkpoint. The workers' logs have them as audit.checkpoint: a number, a colon and 64 hexadecimal digits.`,
  );
}

/** A line may have anything before and after what is looked for, such as what `kubectl logs --prefix` adds. */
const IN_A_LINE = /"audit\.checkpoint":"(\d+:[0-9a-f]{64})"/;

async function readLog(path: string): Promise<Checkpoint[]> {
  const checkpoints: Checkpoint[] = [];
  try {
    const lines =
      path === '-' ? createInterface({ input: process.stdin }) : (await open(path)).readLines();
    for await (const line of lines) {
      const [, text] = IN_A_LINE.exec(line) ?? [];
      if (text !== undefined) checkpoints.push(read(text));
    }
  } catch (error) {
    if (error instanceof Exit) throw error;
    throw new Exit(EXIT_USAGE, `The log cannot be read: ${(error as Error).message}`);
  }
  if (checkpoints.length > 0) return checkpoints;
  throw new Exit(
    EXIT_USAGE,
    `There is no audit.checkpoint in ${path}: nothing in it shows whether the end of the audit log is there.`,
  );
}

function asLines({ entries, unsealed, reached, findings, more }: AuditVerification): string[] {
  const lines = findings.map(({ kind, from, to }) =>
    from === to
      ? `Entry ${from} ${MEANING[kind]}.`
      : `Each entry from ${from} to ${to} ${MEANING[kind]}.`,
  );
  if (more) lines.push('There is more: only the first findings are listed.');
  lines.push(`${entries} entries, ${unsealed} of them not sealed yet.`);
  if (reached) lines.push(`The last seal is the checkpoint ${writeCheckpoint(reached)}`);
  return lines;
}

function asJson({ entries, unsealed, reached, findings, more }: AuditVerification): string {
  return JSON.stringify({
    ok: findings.length === 0,
    entries: Number(entries),
    unsealed: Number(unsealed),
    checkpoint: reached && writeCheckpoint(reached),
    findings: findings.map(({ kind, from, to }) => ({ kind, from: Number(from), to: Number(to) })),
    more,
  });
}
