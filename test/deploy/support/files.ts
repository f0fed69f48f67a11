import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The top of the checkout. */
export const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/** The path of a file or folder of `deploy/`. */
export function deployPath(...parts: string[]): string {
  return join(CHECKOUT, 'deploy', ...parts);
}

/** The text of a file of `deploy/`. */
export function readDeployFile(...parts: string[]): string {
  return readFileSync(deployPath(...parts), 'utf8');
}
