import { expect, test } from 'vitest';
import {
  ADMINISTRATION,
  ANY_OPERATOR,
  BOOTSTRAP_OPERATOR,
  FINANCE,
  judgeAccess,
  OPERATIONS,
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

test('who may do what by their work: those who run it, those who see to the money, those who decide', () => {
  expect(ANY_OPERATOR).toEqual(['viewer', 'operator', 'finance', 'admin']);
  expect(OPERATIONS).toEqual(['operator', 'admin']);
  expect(FINANCE).toEqual(['finance', 'admin']);
  expect(ADMINISTRATION).toEqual(['admin']);
});

test('the administrator who is there before all others is one, under a name of its own', () => {
  expect(BOOTSTRAP_OPERATOR).toEqual({
    kind: 'operator',
    id: 'op_bootstrap',
    name: 'bootstrap',
    role: 'admin',
  });
});

test('a refusal says what to do: another key, another operator, or one of the other kind', () => {
  const detail = (caller: Caller, access: Access) => {
    const judged = judgeAccess(caller, access);
    return judged.kind === 'refused' ? judged.detail : judged.kind;
  };
  expect(detail(key('payments:read'), { scope: 'payments:write' })).toBe(
    'The API key lacks the scope payments:write. Have an administrator make a key that has it.',
  );
  expect(detail(key(...SCOPES), { roles: ANY_OPERATOR })).toBe(
    'This is for operators with the role viewer, operator, finance or admin: no API key may do it. Send the token of ' +
      'an operator.',
  );
  expect(detail(operator('admin'), { scope: 'payments:write' })).toBe(
    'This takes an API key with the scope payments:write: no operator may do it. Send such a key.',
  );
  expect(detail(operator('viewer'), { roles: ADMINISTRATION })).toBe(
    'This takes an operator with the role admin, and yours is viewer. Ask somebody who has it.',
  );
  expect(detail(operator('admin'), { roles: ADMINISTRATION })).toBe('allowed');
});
