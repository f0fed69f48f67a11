import { expect, test } from 'vitest';
import { Secret } from './secret.ts';
import type { Variable } from './variable.ts';
import { VARIABLE_NAMES, VARIABLES } from './variables.ts';

const table = VARIABLE_NAMES.map((name): [string, Variable] => [name, VARIABLES[name]]);

test.each(table)('%s has an example and a default that its own type accepts', (_, variable) => {
  if (variable.example !== '') expect(variable.type.safeParse(variable.example).success).toBe(true);
  if (variable.default !== undefined) {
    expect(variable.type.safeParse(variable.default).success).toBe(true);
  }
});

test.each(table)(
  '%s says what it does, what it takes and what holds when it is unset',
  (_, variable) => {
    expect(variable.description).toMatch(/\.$/);
    expect(variable.type.description).toBeTruthy();
    expect([variable.default, variable.whenUnset].filter(Boolean)).toHaveLength(1);
    expect(variable.usedBy.length).toBeGreaterThan(0);
  },
);

test.each(table.filter(([, variable]) => variable.secret))(
  '%s is a secret, so it is read into secrets and can be mounted as a file',
  (_, variable) => {
    const value = variable.type.parse(variable.example);
    const parts = Array.isArray(value) ? value : [value];
    for (const part of parts) expect(part).toBeInstanceOf(Secret);
    expect(variable.file).toBe(true);
  },
);

test.each(table.filter(([, variable]) => !variable.secret))(
  '%s is shown in problems, so its type hides nothing',
  (_, variable) => {
    if (variable.example === '') return;
    expect(variable.type.parse(variable.example)).not.toBeInstanceOf(Secret);
  },
);

test('no two variables share a name, an alias or a file', () => {
  const names = table.flatMap(([name, { aliases = [], file }]) => [
    name,
    ...aliases,
    ...(file ? [`${name}_FILE`] : []),
  ]);
  expect(new Set(names).size).toBe(names.length);
});
