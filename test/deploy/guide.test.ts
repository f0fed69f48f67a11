import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { START_TIMEOUT_MS } from '../support/tender-processes.ts';
import { BLOCKS } from './guide/blocks.ts';
import { readFencedBlocks } from './guide/fenced-blocks.ts';
import { openPlace, type Place } from './guide/place.ts';
import { PROCEDURES, tryCommand } from './guide/procedures.ts';
import { drawTable, type Result } from './guide/table.ts';
import { CHECKOUT } from './support/files.ts';

/** `npm run guide` is this file: every command of the deployment guide, and a table of what came of it. */
const results: Result[] = [];
let place: Place;

beforeAll(async () => {
  place = await openPlace();
}, START_TIMEOUT_MS);
afterAll(async () => {
  process.stdout.write(drawTable(results));
  await place.close();
});

describe.each(BLOCKS)('$section', ({ section, rows }) => {
  test.each(rows)('$command: $how', { timeout: 120_000 }, async ({ check, ...row }) => {
    try {
      results.push({ section, ...row, result: await check(place) });
    } catch (error) {
      results.push({ section, ...row, result: `FAILED: ${String(error).slice(0, 300)}` });
      throw error;
    }
  });
});

describe.each(PROCEDURES)('docs/runbooks/$page', ({ commands }) => {
  test.each(commands)('%s', { timeout: 60_000 }, async (command) => {
    expect(await tryCommand(place, command)).toBe('it works');
  });
});

test('what the page for operators has typed is what was run', () => {
  const page = readFileSync(join(CHECKOUT, 'docs', 'guide.md'), 'utf8');
  const run = BLOCKS.flatMap(({ rows }) => rows.map(({ command }) => command));
  const typed = readFencedBlocks(page).flatMap(({ commands }) => commands);
  expect(typed.length).toBeGreaterThan(20);
  expect(typed.filter((command) => !run.includes(command))).toEqual([]);
});
