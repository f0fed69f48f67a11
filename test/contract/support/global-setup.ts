import { SUMMARY_FILE } from '../../support/summary-reporter.ts';
import { arePublishedSpecsHere, SPECS } from './published-specs.ts';

/**
 * Says in one line what is left out where the published specifications are not there, and fails in CI, where they
 * have to be. `test/run.ts`, which sets the variable of the summary, says it by itself.
 */
export default function setUp(): void {
  if (arePublishedSpecsHere()) return;
  if (process.env['CI'] === 'true') {
    throw new Error(`The contract tests need ${SPECS}, which must be there where CI=true is set.`);
  }
  if (process.env[SUMMARY_FILE] !== undefined) return;
  process.stdout.write(
    `Left out, as ${SPECS} is not there: the tests that hold adapters and sandboxes against it.\n`,
  );
}
