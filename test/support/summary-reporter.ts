import { writeFile } from 'node:fs/promises';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** What came of one vitest run, as `test/run.ts` reads it. */
export interface Summary {
  passed: number;
  /** Tests that failed or did not end, files that could not be loaded, and errors outside of tests. */
  failed: number;
  /** What failed, each as `file > name: first line of the error`. */
  failures: string[];
  /** The tests that were not run, each as `file > name`. */
  skipped: string[];
}

/** The environment variable that names the file to write the summary to. */
export const SUMMARY_FILE = 'TENDER_TEST_SUMMARY';

/** Writes the outcome of a run in a form that a program can add up. */
export default class SummaryReporter implements Reporter {
  async onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
  ): Promise<void> {
    const path = process.env[SUMMARY_FILE];
    if (path === undefined) return;
    const summary = modules.map(summarize).reduce(add, {
      passed: 0,
      failed: unhandledErrors.length,
      failures: unhandledErrors.map((error) => `outside of tests: ${firstLine(error)}`),
      skipped: [],
    });
    await writeFile(path, JSON.stringify(summary));
  }
}

/** Two summaries as one. */
function add(one: Summary, other: Summary): Summary {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    failures: [...one.failures, ...other.failures],
    skipped: [...one.skipped, ...other.skipped],
  };
}

function summarize(module: TestModule): Summary {
  const file = module.relativeModuleId;
  const summary: Summary = { passed: 0, failed: 0, failures: [], skipped: [] };
  for (const test of module.children.allTests()) {
    const { state, errors } = test.result();
    if (state === 'passed') summary.passed += 1;
    else if (state === 'skipped') summary.skipped.push(`${file} > ${test.fullName}`);
    else {
      summary.failed += 1;
      summary.failures.push(`${file} > ${test.fullName}: ${firstLine(errors?.[0])}`);
    }
  }
  // A file that cannot be loaded, or a hook that throws, fails the file and none of its tests.
  if (module.state() === 'failed' && summary.failed === 0) {
    summary.failed = 1;
    summary.failures.push(`${file}: ${firstLine(module.errors()[0])}`);
  }
  return summary;
}

function firstLine(error: SerializedError | undefined): string {
  return (error?.message ?? 'it did not end').split('\n', 1)[0] ?? '';
}
