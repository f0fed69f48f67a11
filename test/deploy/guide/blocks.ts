import { DEPLOYMENT } from './deployment.ts';
import { ENVIRONMENT } from './environment.ts';
import { INFRASTRUCTURE } from './infrastructure.ts';
import { MONITORING } from './monitoring.ts';
import { OPERATIONS } from './operations.ts';
import type { Block } from './row.ts';
import { TROUBLESHOOTING } from './troubleshooting.ts';
import { VERIFICATION } from './verification.ts';

/** Every block of the deployment guide, in its order, which is the order in which they are run. */
export const BLOCKS: readonly Block[] = [
  ...ENVIRONMENT,
  ...INFRASTRUCTURE,
  ...DEPLOYMENT,
  ...MONITORING,
  ...OPERATIONS,
  ...TROUBLESHOOTING,
  ...VERIFICATION,
];
