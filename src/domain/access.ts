/** What an API key may be allowed to do. */
export const SCOPES = [
  'payments:read',
  'payments:write',
  'refunds:write',
  'customers:read',
  'customers:write',
  'webhooks:manage',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What an operator may be: each sees everything, and changes what its work is. */
export const ROLES = ['viewer', 'operator', 'finance', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who may use a route. API keys without a `scope` and operators without `roles` may not. */
export interface Access {
  readonly scope?: Scope;
  readonly roles?: readonly Role[];
}

/** Whoever may look. */
export const ANY_OPERATOR: readonly Role[] = ROLES;
/** Those who run the system. */
export const OPERATIONS: readonly Role[] = ['operator', 'admin'];
/** Those who see to the money. */
export const FINANCE: readonly Role[] = ['finance', 'admin'];
/** Those who decide who else may do what. */
export const ADMINISTRATION: readonly Role[] = ['admin'];

/** Who has sent a request, as far as access goes. */
export type Caller = ApiKeyCaller | OperatorCaller;

/** A program of the merchant's. */
export interface ApiKeyCaller {
  readonly kind: 'api_key';
  /** The key's id, never the key itself. */
  readonly id: string;
  readonly name: string;
  readonly mode: 'test' | 'live';
  readonly scopes: readonly Scope[];
}

/** A person who works with the system. */
export interface OperatorCaller {
  readonly kind: 'operator';
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** The administrator who is there before all others: whoever has the token of the settings. */
export const BOOTSTRAP_OPERATOR: OperatorCaller = {
  kind: 'operator',
  id: 'op_bootstrap',
  name: 'bootstrap',
  role: 'admin',
};

/** Whether a caller may use what has this access; where not, what it lacks. */
export function judgeAccess(
  caller: Caller,
  access: Access,
): { kind: 'allowed' } | { kind: 'refused'; detail: string } {
  return caller.kind === 'api_key' ? judgeScope(caller, access) : judgeRole(caller, access);
}

function judgeScope({ scopes }: ApiKeyCaller, { scope, roles = [] }: Access) {
  if (scope === undefined) {
    return refused(
      `This is for operators with the role ${oneOf(roles)}: no API key may do it. Send the token of an operator.`,
    );
  }
  if (scopes.includes(scope)) return ALLOWED;
  return refused(
    `The API key lacks the scope ${scope}. Have an administrator make a key that has it.`,
  );
}

function judgeRole({ role }: OperatorCaller, { scope, roles = [] }: Access) {
  if (roles.includes(role)) return ALLOWED;
  if (roles.length === 0) {
    return refused(
      `This takes an API key with the scope ${scope}: no operator may do it. Send such a key.`,
    );
  }
  return refused(
    `This takes an operator with the role ${oneOf(roles)}, and yours is ${role}. Ask somebody who has it.`,
  );
}

const ALLOWED = { kind: 'allowed' } as const;

function refused(detail: string) {
  return { kind: 'refused', detail } as const;
}

function oneOf(roles: readonly Role[]): string {
  const [last, ...others] = roles.toReversed();
  return others.length === 0 ? `${last}` : `${others.toReversed().join(', ')} or ${last}`;
}
