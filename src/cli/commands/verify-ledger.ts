import { EXIT_FOUND } from '../../config/exit-codes.ts';
import { toDecimal } from '../../domain/money.ts';
import {
  verifyLedger,
  type LedgerFinding,
  type LedgerVerification,
} from '../../ledger/verify-ledger.ts';
import { Exit } from '../exit.ts';
import { print, withDatabase } from '../with-database.ts';

/** `tender verify ledger`: works the ledger out anew and tells where it differs from what there is. */
export async function verifyLedgerCommand(options: { json?: true | undefined }): Promise<void> {
  await withDatabase('verify', async (db) => {
    const verification = await verifyLedger(db);
    if (options.json) print(asJson(verification));
    else for (const line of asLines(verification)) print(line);
    if (verification.findings.length > 0) {
      throw new Exit(EXIT_FOUND, 'The ledger and the payments do not fit together.');
    }
  });
}

function asLines({ findings, more, ...counts }: LedgerVerification): string[] {
  const lines = findings.map(tell);
  if (more) lines.push('There is more: only the first findings are listed.');
  const { payments, records, entries, checkpoints } = counts;
  lines.push(
    `${payments} payments, ${records} payouts and conversions, ${entries} entries, ${checkpoints} checkpoints.`,
  );
  return lines;
}

function tell(finding: LedgerFinding): string {
  switch (finding.kind) {
    case 'entries_differ': {
      const { paymentId, account, currency, expected, found } = finding;
      return `${paymentId}: ${account} should be at ${money(expected, currency)} by the payment, and is at ${money(found, currency)} by its entries.`;
    }
    case 'parts_differ': {
      const { paymentId, amount, currency, expected, found } = finding;
      return `${paymentId}: the payment says ${money(expected, currency)} ${amount}, its refunds and disputes ${money(found, currency)}.`;
    }
    case 'record_differs': {
      const { sourceId, account, currency, expected, found } = finding;
      return `${sourceId}: ${account} should be at ${money(expected, currency)} by the gateway's record, and is at ${money(found, currency)} by its entries.`;
    }
    case 'record_missing':
      return `${finding.sourceId}: the ledger has entries of it, and no record of a gateway stands behind them.`;
    case 'payment_missing':
      return `${finding.paymentId}: the ledger has entries of it, and there is no such payment.`;
    case 'checkpoint_differs': {
      const { upTo, account, currency, expected, found } = finding;
      return `The checkpoint of entry ${upTo} has ${money(found, currency)} for ${account}, and the entries come to ${money(expected, currency)}.`;
    }
    case 'checkpoint_missing':
      return `The checkpoint of entry ${finding.upTo} does not follow the one before it: one was taken away.`;
  }
}

function money(minorUnits: bigint, currency: string): string {
  return `${toDecimal(minorUnits, currency)} ${currency}`;
}

function asJson({ findings, ...rest }: LedgerVerification): string {
  return JSON.stringify({
    ok: findings.length === 0,
    ...rest,
    findings: findings.map((finding) =>
      Object.fromEntries(
        Object.entries(finding).map(([name, value]: [string, string | bigint]) => [
          name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          typeof value === 'bigint' ? value.toString() : value,
        ]),
      ),
    ),
  });
}
