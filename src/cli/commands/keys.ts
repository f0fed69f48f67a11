import { createApiKey, revokeApiKey, rotateApiKey } from '../../admin/api-keys.ts';
import { EXIT_USAGE } from '../../config/exit-codes.ts';
import { listApiKeys, type ApiKey } from '../../database/api-keys.ts';
import type { Scope } from '../../domain/access.ts';
import { Exit } from '../exit.ts';
import { keyModeOf } from '../key-mode.ts';
import { byCommandLine, print, remark, withDatabase } from '../with-database.ts';

const KEEP_IT = 'keep the key now, it cannot be shown again.';

/** `tender keys create`: makes an API key and shows it, this once. */
export async function createKeyCommand(options: {
  name: string;
  scopes?: Scope[] | undefined;
  expiresIn?: number | undefined;
}): Promise<void> {
  await withDatabase('keys', async (db, settings) => {
    const { name, scopes, expiresIn: expiresInMs = null } = options;
    const wishes = { name, mode: keyModeOf(settings), expiresInMs, ...(scopes && { scopes }) };
    const { id, key } = await createApiKey(db, wishes, byCommandLine());
    print(key);
    remark(`${id}: ${KEEP_IT}`);
  });
}

/** `tender keys list`: every key, without the keys themselves. */
export async function listKeysCommand(): Promise<void> {
  await withDatabase('keys', async (db) => {
    for (const key of await listApiKeys(db)) {
      const made = key.createdAt.toISOString();
      const used = key.lastUsedAt ? `used ${key.lastUsedAt.toISOString()}` : 'never used';
      const line = [key.id, `${key.hint}...`, made, stateOf(key), used, key.scopes.join(',')];
      print([...line, key.name].join('  '));
    }
  });
}

/** `tender keys revoke`: the key works for a second more at most. */
export async function revokeKeyCommand(id: string): Promise<void> {
  await withDatabase('keys', async (db) => {
    const { kind } = await revokeApiKey(db, id, byCommandLine());
    if (kind !== 'revoked') throw notActive(id);
    print(`${id} is revoked.`);
  });
}

/** `tender keys rotate`: makes a successor and shows it, this once; the old key works on for a while. */
export async function rotateKeyCommand(
  id: string,
  options: { overlap: number; expiresIn?: number | undefined },
): Promise<void> {
  await withDatabase('keys', async (db) => {
    const times = { overlapMs: options.overlap, expiresInMs: options.expiresIn };
    const rotated = await rotateApiKey(db, id, times, byCommandLine());
    if (rotated.kind !== 'rotated') throw notActive(id);
    print(rotated.key);
    const { apiKey, replaced } = rotated;
    const end = (replaced.revokedAt ?? replaced.expiresAt)?.toISOString() ?? 'for ever';
    remark(`${apiKey.id}: ${KEEP_IT} ${id} works until ${end}.`);
  });
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt) return `revoked ${revokedAt.toISOString()}`;
  if (!expiresAt) return 'active';
  return `${expiresAt <= new Date() ? 'expired' : 'active until'} ${expiresAt.toISOString()}`;
}

function notActive(id: string): Exit {
  return new Exit(EXIT_USAGE, `There is no active key ${id}. tender keys list shows them.`);
}
