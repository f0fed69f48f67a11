import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';

/** What `tender doctor` says of one thing. */
export interface Finding {
  name: string;
  status: string;
  detail: string;
}

/** The findings in what `tender doctor --json` has printed. */
export function findingsIn(output: string): Finding[] {
  return (JSON.parse(output) as { findings: Finding[] }).findings;
}

/** Has the doctor look with these settings, at all but the gateways. */
export async function askDoctor(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const command = [inject('program'), 'doctor', '--json', '--no-gateways'];
  // It ends with 1 for what it says of the rest, which is no production here.
  const { stdout } = await promisify(execFile)(process.execPath, command, { env }).catch(
    (error: { stdout: string }) => error,
  );
  return findingsIn(stdout);
}
