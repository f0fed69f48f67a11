import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';

/** Where the gateways' published specifications are expected, from the root of the repository. */
export const SPECS = '../shared/gateway-specs';

const FOLDER = join(import.meta.dirname, '../../..', SPECS);

/** Whether the published specifications are here. They are no part of the repository. */
export function arePublishedSpecsHere(): boolean {
  return existsSync(FOLDER);
}

/** The path of one of them. */
export function publishedSpec(file: string): string {
  return join(FOLDER, file);
}

/** Tests that hold something against a published specification, and are left out where there is none. */
export const describePublished = describe.skipIf(!arePublishedSpecsHere());
