import { existsSync } from 'node:fs';
import { SUMMARY_FILE } from '../../support/summary-reporter.ts';
import { deploymentGuide, GUIDE } from './deployment-guide.ts';
import { arePublishedSpecsHere, SPECS } from './published-specs.ts';

/**
 * Says in one line each what is left out where the published specifications or the deployment guide are not there, and
 * fails in CI, where they have to be. `test/run.ts`, which sets the variable of the summary, says it by itself.
 */
export default function setUp(): void {
  if (!arePublishedSpecsHere()) {
    leaveOut(SPECS, 'the tests that hold adapters and sandboxes against it');
  }
  if (!existsSync(deploymentGuide())) {
    leaveOut(GUIDE, 'the tests that hold the commands that are run against it');
  }
}

function leaveOut(path: string, tests: string): void {
  if (process.env['CI'] === 'true') {
    throw new Error(`The contract tests need ${path}, which must be there where CI=true is set.`);
  }
  if (process.env[SUMMARY_FILE] !== undefined) return;
  process.stdout.write(`Left out, as ${path} is not there: ${tests}.\n`);
}
