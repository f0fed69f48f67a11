import { EXIT_FOUND } from '../../config/exit-codes.ts';
import type { Finding } from '../../doctor/check.ts';
import { consultDoctor } from '../consult-doctor.ts';
import { Exit } from '../exit.ts';
import { print } from '../with-database.ts';

const SIGNS = { pass: 'pass', warn: 'WARN', fail: 'FAIL' };

/** `tender doctor`: looks at everything that a deployment needs, and says what to do about what is wrong. */
export async function doctorCommand(options: {
  json?: true | undefined;
  gateways: boolean;
}): Promise<void> {
  const without = options.gateways ? [] : ['gateways'];
  const findings = await consultDoctor(process.env, process.cwd(), without);
  if (options.json) print(JSON.stringify({ ok: isWell(findings), findings }));
  else for (const line of findings.flatMap(asLines)) print(line);
  if (!isWell(findings))
    throw new Exit(EXIT_FOUND, 'Something has to be done before this is safe.');
}

function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== 'fail');
}

function asLines({ status, name, detail, remedy }: Finding): string[] {
  const line = `${SIGNS[status]}  ${name.padEnd(28)}  ${detail}`;
  return remedy === null ? [line] : [line, `      ${' '.repeat(28)}  -> ${remedy}`];
}
