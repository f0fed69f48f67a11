/** What stands between two fences of a page, and the headings above it. */
export interface FencedBlock {
  /** The headings from the second level on, as `Troubleshooting / Common Issues`. */
  section: string;
  language: string;
  /** Its commands, each on one line; for what is no list of commands the whole text. */
  commands: string[];
}

/** Finds the fenced blocks of a page in Markdown. */
export function readFencedBlocks(page: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  const headings: string[] = [];
  let open: { language: string; lines: string[] } | null = null;
  for (const line of page.split('\n')) {
    const [, language] = /^ *```(\w*)$/.exec(line) ?? [];
    const [, marks, title] = /^(#{2,}) (.+)$/.exec(line) ?? [];
    if (open !== null && language === undefined) {
      open.lines.push(line);
    } else if (open !== null) {
      const text = open.lines.join('\n');
      const section = headings.filter(Boolean).join(' / ');
      blocks.push({ section, language: open.language, commands: split(open.language, text) });
      open = null;
    } else if (language !== undefined) {
      open = { language, lines: [] };
    } else if (marks !== undefined && title !== undefined) {
      headings.length = marks.length - 2;
      headings[marks.length - 2] = title;
    }
  }
  return blocks;
}

/** A line a command, where those that go on are joined, without comments. A file of settings is one piece. */
function split(language: string, text: string): string[] {
  const isFile = !/^(bash|sh|sql)$/.test(language) || /^[A-Z_]+=/m.test(text);
  if (isFile) return [text];
  return text
    .replaceAll(/ *\\\n */g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(#|--)/.test(line));
}
