import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tender-secrets-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** How the scan of this project ends for a file. */
async function scan(text: string): Promise<number> {
  const file = join(directory, 'settings.env');
  await writeFile(file, text);
  const secretlint = join(CHECKOUT, 'node_modules', '.bin', 'secretlint');
  const args = ['--secretlintrc', join(CHECKOUT, '.secretlintrc.json'), '--maskSecrets', file];
  return new Promise((resolve) => {
    execFile(process.execPath, [secretlint, ...args], { cwd: directory }, (error) =>
      resolve(error === null ? 0 : Number(error.code)),
    );
  });
}

/** Put together here, so that the scan of this very file finds nothing. */
const random = (length: number) =>
  'aB3dE5gH7jK9mN2pQ4sT6vW8yZ1cF0xLrUiOoP'.repeat(3).slice(0, length);

test.each([
  ['nothing', 'PAYMENT_PORT=8000\nSTRIPE_SECRET_KEY_FILE=/run/secrets/stripe_secret_key\n', 0],
  ['a live key of Stripe', `STRIPE_SECRET_KEY=${['sk', 'live', random(24)].join('_')}\n`, 1],
  ['a token of Square', `SQUARE_ACCESS_TOKEN=EAAA${random(60)}\n`, 1],
  ['an API key of ours', `KEY=${['tk', 'live', random(43)].join('_')}\n`, 1],
  ['the token of an operator', `ADMIN_TOKEN=${['tok', random(43)].join('_')}\n`, 1],
  [
    'a database with its password',
    `DATABASE_URL=${'postgres'}://tender:${random(16)}@db.company.com/x\n`,
    1,
  ],
])('the scan for secrets finds %s', async (_what, text, code) => {
  expect(await scan(text)).toBe(code);
});
