import type { Row } from './row.ts';

/** What came of a row. */
export interface Result extends Pick<Row, 'command' | 'how' | 'why'> {
  section: string;
  /** In a few words; begins with FAILED where it did not work. */
  result: string;
}

const WIDTHS = { command: 62, how: 17 };

/** The rows below their sections, with as much of each command as a terminal has room for. */
export function drawTable(results: readonly Result[]): string {
  const lines: string[] = [];
  let section = '';
  for (const each of results) {
    if (each.section !== section) lines.push('', each.section);
    section = each.section;
    const command = each.command.padEnd(WIDTHS.command).slice(0, WIDTHS.command);
    const why = each.why === undefined ? '' : ` (${each.why})`;
    lines.push(`  ${command}  ${each.how.padEnd(WIDTHS.how)}  ${each.result}${why}`);
  }
  const count = (how: Row['how']) => results.filter((each) => each.how === how).length;
  const failed = results.filter(({ result }) => result.startsWith('FAILED')).length;
  lines.push(
    '',
    `${results.length} commands: ${count('as printed')} as printed, ${count('carried over')} carried over, ` +
      `${count('not runnable here')} not runnable here; ${failed} failed`,
  );
  return `${lines.join('\n')}\n`;
}
