import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BLOCKS } from '../../deploy/guide/blocks.ts';
import { PRINTED_SETTINGS } from '../../deploy/guide/environment.ts';
import { readFencedBlocks } from '../../deploy/guide/fenced-blocks.ts';
import { deploymentGuide } from '../support/deployment-guide.ts';

const isHere = existsSync(deploymentGuide());
const printed = isHere ? readFencedBlocks(readFileSync(deploymentGuide(), 'utf8')) : [];

/** A password is the reader's, whatever is printed. */
const withoutValues = (command: string) =>
  command.replaceAll(/PASSWORD '[^']*'/g, "PASSWORD '...'");

const covered = BLOCKS.map(({ section, rows }) => ({
  section,
  rows: rows.filter(({ added }) => added !== true),
}));

test.skipIf(!isHere)('every block of the deployment guide is run, once and in its order', () => {
  expect(printed.length).toBeGreaterThan(20);
  expect(covered.map(({ section }) => section)).toEqual(printed.map(({ section }) => section));
});

test.skipIf(!isHere)('every command of a block has a row', () => {
  const count = (blocks: { section: string }[], size: (index: number) => number) =>
    blocks.map(({ section }, index) => `${section}: ${size(index)}`);
  expect(count(covered, (index) => covered[index]?.rows.length ?? 0)).toEqual(
    count(printed, (index) => printed[index]?.commands.length ?? 0),
  );
});

test.skipIf(!isHere)('what is run as printed is what is printed', () => {
  const claimed = covered.flatMap(({ section, rows }, index) =>
    rows.flatMap(({ command, how }, place) =>
      how === 'as printed' && command !== '.env.production'
        ? [{ section, command, printed: withoutValues(printed[index]?.commands[place] ?? '') }]
        : [],
    ),
  );
  expect(claimed.length).toBeGreaterThan(10);
  expect(claimed.filter(({ command, printed: text }) => command !== text)).toEqual([]);
});

test.skipIf(!isHere)('the settings that are tried are the printed ones, with their values', () => {
  const [text = ''] = printed[0]?.commands ?? [];
  const lines = text.split('\n').filter((line) => /^[A-Z_]+=/.test(line));
  const values = lines.map((line) => /^([A-Z_]+)=(\S*)/.exec(line)?.slice(1, 3) ?? []);
  const fixed = values.filter(([name = '']) => !name.endsWith('_URL'));
  const tried = Object.entries(PRINTED_SETTINGS).map(([name, value]) => [
    name,
    value.split(' ')[0],
  ]);
  expect(tried.toSorted()).toEqual(fixed.toSorted());
});
