import { addOperator, disableOperator, rotateTokens } from '../../admin/operators.ts';
import { EXIT_USAGE } from '../../config/exit-codes.ts';
import type { Database } from '../../database/database.ts';
import { listTokensOf } from '../../database/operator-tokens.ts';
import { findOperator, listOperators, type Operator } from '../../database/operators.ts';
import type { Role } from '../../domain/access.ts';
import { Exit } from '../exit.ts';
import { byCommandLine, print, remark, withDatabase } from '../with-database.ts';

/** `tender operators add`: lets somebody in, and shows their first token, this once. */
export async function addOperatorCommand(
  name: string,
  options: { role: Role; expiresIn: number },
): Promise<void> {
  await withDatabase('operators', async (db) => {
    const wishes = { name, role: options.role, expiresInMs: options.expiresIn };
    const added = await addOperator(db, wishes, byCommandLine());
    if (added.kind === 'name_taken') {
      throw new Exit(EXIT_USAGE, `${name} is let in already: choose another name, or rotate.`);
    }
    print(added.secret);
    remark(
      `${added.operator.id}: keep the token now, it cannot be shown again. ` +
        `It works until ${added.token.expiresAt.toISOString()}.`,
    );
  });
}

/** `tender operators list`: everybody who is or was let in, without their tokens. */
export async function listOperatorsCommand(): Promise<void> {
  await withDatabase('operators', async (db) => {
    const operators = await listOperators(db);
    const tokens = await listTokensOf(
      db,
      operators.map(({ id }) => id),
    );
    for (const { id, role, name, disabledAt } of operators) {
      const active = tokens.filter(
        (each) => each.operatorId === id && !each.revokedAt && each.expiresAt > new Date(),
      );
      const state = disabledAt
        ? `disabled ${disabledAt.toISOString()}`
        : `${active.length} active ${active.length === 1 ? 'token' : 'tokens'}`;
      print([id, role, state, name].join('  '));
    }
  });
}

/** `tender operators revoke`: lets somebody in no more, a second later at most. */
export async function revokeOperatorCommand(idOrName: string): Promise<void> {
  await withDatabase('operators', async (db) => {
    const { id, name } = await find(db, idOrName);
    await disableOperator(db, id, byCommandLine());
    print(`${id} (${name}) is let in no more.`);
  });
}

/** `tender operators rotate`: makes a token in place of all others of somebody, and shows it, this once. */
export async function rotateOperatorCommand(
  idOrName: string,
  options: { overlap: number; expiresIn: number },
): Promise<void> {
  await withDatabase('operators', async (db) => {
    const { id } = await find(db, idOrName);
    const times = { overlapMs: options.overlap, expiresInMs: options.expiresIn };
    const rotated = await rotateTokens(db, id, times, byCommandLine());
    if (rotated.kind !== 'rotated') throw new Exit(EXIT_USAGE, `${idOrName} is let in no more.`);
    print(rotated.secret);
    remark(`${rotated.token.id}: keep the token now, it cannot be shown again.`);
  });
}

async function find(db: Database, idOrName: string): Promise<Operator> {
  const byId = await findOperator(db, idOrName);
  const found =
    byId ??
    (await listOperators(db)).find(({ name, disabledAt }) => name === idOrName && !disabledAt);
  if (found) return found;
  throw new Exit(EXIT_USAGE, `There is no operator ${idOrName}. tender operators list shows them.`);
}
