import { createApiKey } from '../../src/admin/api-keys.ts';
import { BY_ITSELF } from '../../src/admin/change.ts';
import { addOperator } from '../../src/admin/operators.ts';
import type { Database } from '../../src/database/database.ts';
import { ROLES, SCOPES, type Role, type Scope } from '../../src/domain/access.ts';

/** Makes an API key that may do one thing. */
export async function keyWith(db: Database, scope: Scope): Promise<string> {
  return (await createApiKey(db, { name: `only ${scope}`, mode: 'test', scopes: [scope] })).key;
}

/** Lets an operator in, and gives their token. */
export async function operatorWith(db: Database, role: Role, name = `the ${role}`) {
  const added = await addOperator(db, { name, role }, BY_ITSELF);
  if (added.kind === 'name_taken') throw new Error(`${name} is there already`);
  return { token: added.secret, operator: added.operator };
}

/** A credential for each scope and each role, by their names. */
export async function everyCaller(db: Database): Promise<ReadonlyMap<string, string>> {
  const callers = new Map<string, string>();
  for (const scope of SCOPES) callers.set(scope, await keyWith(db, scope));
  for (const role of ROLES) callers.set(role, (await operatorWith(db, role)).token);
  return callers;
}
