import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const PAY = 'declare function pay(id: string): Promise<boolean>;';
const IDS = 'declare const ids: string[];';

/** What stands where, and the rules that it breaks there. */
const PLANTED: [path: string, lines: string[], rules: string[]][] = [
  ['src/domain/promise.ts', [PAY, "pay('1');"], ['typescript(no-floating-promises)']],
  ['src/domain/map.ts', [IDS, PAY, 'ids.map(pay);'], ['typescript(no-floating-promises)']],
  ['src/domain/each.ts', [IDS, PAY, 'ids.forEach(pay);'], ['typescript(no-misused-promises)']],
  [
    'src/payments/condition.ts',
    [PAY, "export const paid = () => (pay('1') ? 1 : 0);"],
    ['typescript(no-misused-promises)'],
  ],
  [
    'src/payments/outcome.ts',
    [
      "export function isOver(outcome: 'succeeded' | 'unknown'): boolean {",
      "  switch (outcome) { case 'succeeded': return true; }",
      '  return false;',
      '}',
    ],
    ['typescript(switch-exhaustiveness-check)'],
  ],
  [
    'src/payments/answer.ts',
    [
      'declare function take(amount: bigint): bigint;',
      'export function read(text: string): bigint {',
      '  const answer = JSON.parse(text);',
      '  take(answer);',
      '  answer();',
      '  return answer.amount;',
      '}',
    ],
    [
      'typescript(no-unsafe-argument)',
      'typescript(no-unsafe-assignment)',
      'typescript(no-unsafe-call)',
      'typescript(no-unsafe-member-access)',
      'typescript(no-unsafe-return)',
    ],
  ],
  [
    'src/payments/text.ts',
    ['export const describe = (ids: string[]) => `payments ${ids}`;'],
    ['typescript(restrict-template-expressions)'],
  ],
  ['src/payments/literal.ts', ["export const name = 'Square';"], ['tender(no-gateway-names)']],
  ['src/payments/name.ts', ['export const paypalId = 1;'], ['tender(no-gateway-names)']],
  ['src/domain/part.ts', ['export const at = `${1}stripe`;'], ['tender(no-gateway-names)']],
  ['src/gateways/stripe/name.ts', ["export const name = 'stripe';"], []],
  ['src/domain/half.ts', ['export const half = 0.5;'], ['tender(no-fractions)']],
  [
    'src/domain/round.ts',
    ['export const round = (amount: number) => Math.round(amount);'],
    ['tender(no-fractions)'],
  ],
  [
    'src/gateways/square/amounts.ts',
    ["export const amount = parseInt('1', 10);"],
    ['tender(no-fractions)'],
  ],
  [
    'src/gateways/square/mapping.ts',
    ['export const amount = (minor: number) => minor.toFixed(2);'],
    ['tender(no-fractions)'],
  ],
  ['src/payments/half.ts', ['export const half = 0.5;'], []],
  ['test/promise.ts', ['Promise.resolve(1);'], ['typescript(no-floating-promises)']],
  ['test/answer.ts', ["export const { id } = JSON.parse('{}');"], []],
];

let directory: string;
let found: { filename: string; code: string }[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tender-lint-'));
  for (const name of ['.oxlintrc.json', 'lint-rules.js', 'tsconfig.json', 'package.json']) {
    await copyFile(join(CHECKOUT, name), join(directory, name));
  }
  await symlink(join(CHECKOUT, 'node_modules'), join(directory, 'node_modules'));
  for (const [path, lines] of PLANTED) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), lines.join('\n'));
  }
  found = await lint();
});
afterAll(() => rm(directory, { recursive: true }));

/** What the linter of this project finds in the directory. */
async function lint(): Promise<typeof found> {
  const oxlint = join(CHECKOUT, 'node_modules', '.bin', 'oxlint');
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [oxlint, '--format=json'], { cwd: directory }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  return (JSON.parse(output) as { diagnostics: typeof found }).diagnostics;
}

test.each(PLANTED)('in %s the linter finds what is wrong and no more', (path, _lines, rules) => {
  const codes = found.filter(({ filename }) => filename === path).map(({ code }) => code);
  expect([...new Set(codes)].sort()).toEqual(rules);
});
