import { join } from 'node:path';

/** Where the deployment guide is expected, from the root of the repository, of which it is no part. */
export const GUIDE = '../shared/production-deployment-guide.md';

/** The path of the deployment guide. */
export function deploymentGuide(): string {
  return join(import.meta.dirname, '../../..', GUIDE);
}
