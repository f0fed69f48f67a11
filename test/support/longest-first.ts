import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take the longest, most of which are short to read. One that began last would go on alone when all
 * others have ended, and leave the rest of the machine idle.
 */
const LONG = [
  'guide.test.ts',
  'image-stages.test.ts',
  'database-restart.test.ts',
  'webhooks-backlog.test.ts',
  'unknown-outcomes.test.ts',
  'webhooks-order.test.ts',
  'redis.test.ts',
  'webhooks-crash.test.ts',
  'reconciliation.test.ts',
  'tracing.test.ts',
  'cli-start.test.ts',
  'redis-topologies.test.ts',
];

/** Begins with the files that take the longest, and goes on in the order that Vitest has: by what it knows of a file. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONG.indexOf(basename(moduleId));
  return place === -1 ? LONG.length : place;
}
