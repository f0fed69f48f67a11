import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as plainTest } from 'vitest';
import { loadSettings, type LoadedSettings } from './load.ts';
import type { Settings } from './settings.ts';
import type { Command } from './variable.ts';

/** A folder of one test's own to run a command in; it is gone when the test ends. */
export interface Folder {
  readonly path: string;
  /** Writes a file into it and returns its full path. */
  write(name: string, text: string): string;
}

/** vitest's `test` with a `folder`. */
export const test = plainTest.extend<{ folder: Folder }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of other fixtures from this pattern.
  folder: async ({}, use) => {
    const path = mkdtempSync(join(tmpdir(), 'tender-config-'));
    await use({
      path,
      write(name, text) {
        const file = join(path, name);
        writeFileSync(file, text);
        return file;
      },
    });
    rmSync(path, { recursive: true });
  },
});

/** What a command in a folder makes of an environment. */
export function load(
  cwd: string,
  env: Record<string, string>,
  command: Command = 'api',
): LoadedSettings {
  return loadSettings({ env, cwd, command });
}

/** The settings that were loaded; the test fails where there are problems instead. */
export function settingsOf(loaded: LoadedSettings): Settings {
  expect(loaded).toMatchObject({ ok: true });
  if (!loaded.ok) throw new Error('unreachable');
  return loaded.settings;
}

/** Every problem by the variable that has it. */
export function problemsOf(loaded: LoadedSettings): Record<string, string> {
  if (loaded.ok) return {};
  return Object.fromEntries(loaded.problems.map(({ variable, problem }) => [variable, problem]));
}
