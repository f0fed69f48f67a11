import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from './all.ts';
import { applyPatches } from './patching.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

test.each(MUTANTS)('the planted fault finds its place in the source: $name', ({ patches }) => {
  for (const patch of patches) {
    const source = readFileSync(join(CHECKOUT, patch.file), 'utf8');
    expect(applyPatches(source, [patch])).toContain(patch.replace);
  }
});

test('a text that is not there, or twice, fails instead of planting nothing', () => {
  const patch = { file: 'a.ts', find: 'one', replace: 'two' };
  expect(() => applyPatches('nothing', [patch])).toThrow('0 times');
  expect(() => applyPatches('one one', [patch])).toThrow('2 times');
});
