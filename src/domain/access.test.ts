import { expect, test } from 'vitest';
import {
  ANY_OPERATOR,
  BOOTSTRAP_OPERATOR,
  FINANCE,
  judgeAccess,
  ROLES,
  SCOPES,
  type Access,
  type Caller,
  type Role,
  type Scope,
} from './access.ts';

const key = (...scopes: Scope[]): Caller => ({
  kind: 'api_key',
  id: 'key_1',
  name: 'shop',
  mode: 'test',
  scopes,
});
const operator = (role: Role): Caller => ({ ...BOOTSTRAP_OPERATOR, role });
const isAllowed = (caller: Caller, access: Access) =>
  judgeAccess(caller, access).kind === 'allowed';

test('a key may do what its scopes name and nothing else', () => {
  for (const scope of SCOPES) {
    const others = SCOPES.filter((each) => each !== scope);
    expect(isAllowed(key(scope), { scope })).toBe(true);
    expect(isAllowed(key(...others), { scope })).toBe(false);
  }
});

test('no scope lets a key do what is for operators', () => {
  expect(isAllowed(key(...SCOPES), { roles: ANY_OPERATOR })).toBe(false);
});

test('an operator may do what is for the role, and no role does what is for keys only', () => {
  for (const role of ROLES) {
    expect(isAllowed(operator(role), { roles: FINANCE })).toBe(FINANCE.includes(role));
    expect(isAllowed(operator(role), { scope: 'payments:write' })).toBe(false);
  }
});

test('what nobody was given nobody may do', () => {
  expect(isAllowed(key(...SCOPES), {})).toBe(false);
  expect(isAllowed(operator('admin'), {})).toBe(false);
});

test('a refusal names what is needed', () => {
  expect(judgeAccess(key(), { scope: 'refunds:write' })).toMatchObject({
    detail: expect.stringContaining('scope refunds:write') as string,
  });
  expect(judgeAccess(operator('viewer'), { roles: FINANCE })).toMatchObject({
    detail: expect.stringContaining('role finance or admin, and yours is viewer') as string,
  });
});
